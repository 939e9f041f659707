import { unbroadcast, type Walk } from '../../backward.js';
import type { Term } from '../../formula.js';
import type { Node } from '../../graph.js';
import { gradientsOf } from '../gradient/index.js';
import { both, type MultiplierRule, midpoint, type Pairing, standingIn } from './pairing.js';

/**
 * Rescale: m_x = m (y - y0) / (x - x0) for y = f(x), and the gradient where x = x0 (Shrikumar et al. 2017,
 * arXiv:1704.02685). For straight pieces the quotient is exact at any distance.
 */
export const pieces: MultiplierRule = (node, [m], walk, pairing) => {
  const { where, equal } = walk;
  const { dx, quotient } = quotientOf(node, m!, walk, pairing);
  const [slope] = gradientsOf(node, [m], walk);
  return onlyActive(node, where(equal(dx, 0), slope ?? 0, quotient), walk);
};

/** The smallest normal float32; smaller numbers may be flushed to zero. */
const LEAST = 2 ** -126;

/**
 * Rescale of a rectifier with fewer nodes: with p = max(x, x0) and n = min(x, x0), (y - y0) / (x - x0) is p+
 * / (p+ - n-). `LEAST` makes it 0 where both runs are rectified to 0.
 */
export const rectified: MultiplierRule = (node, [m], walk, pairing) => {
  const { max, min, mul, div, sub } = walk;
  const greater = max(...both(node.outputs[0]!, walk, pairing));
  const less = min(...both(node.inputs[0]!, walk, pairing), -LEAST);
  return [mul(m!, div(greater, sub(greater, less)))];
};

/**
 * Rescale of a curve: the quotient where |x - x0| is above `closeness`, else the slope at the midpoint, since
 * rounding dominates the quotient there. `finite` replaces infinite slopes.
 */
export const curve =
  (
    closeness: (walk: Walk, middle: string) => Term,
    finite = (_: Walk, __: string, slope: Term): Term => slope,
  ): MultiplierRule =>
  (node, [m], walk, pairing) => {
    const { greater, abs, where } = walk;
    const { dx, quotient, at } = quotientOf(node, m!, walk, pairing);
    const x = node.inputs[at]!;
    const middle = midpoint(x, walk, pairing);
    const inputs = node.inputs.map((v, i) => (i === at ? middle : v));
    const [output] = walk.repeat(node, inputs) as [string];
    walk.sameShape(output, node.outputs[0]!);
    const inner = standingIn(walk, new Map([[middle, x]]));
    const slope = gradientsOf({ ...node, inputs, outputs: [output] }, [m], inner)[at];
    const far = greater(abs(dx), closeness(walk, middle));
    return onlyActive(node, where(far, quotient, finite(walk, middle, slope ?? 0)), walk);
  };

/** Third derivatives of the order of 1: within 1e-2 the slope at the midpoint is accurate to 1e-6. */
export const evenCurve = curve(() => 1e-2);

/**
 * Powers and logarithms: `closeness` is relative to the value. Where both values are 0, as behind a
 * rectifier, the slope may be infinite; nothing changes there, so the multiplier is 0.
 */
export const powerCurve = curve(
  ({ mul, abs }, middle) => mul(1e-2, abs(middle)),
  ({ where, equal }, middle, slope) => where(equal(middle, 0), 0, slope),
);

function quotientOf(node: Node, m: string, walk: Walk, pairing: Pairing) {
  const { sub, mul, div } = walk;
  const at = node.inputs.findIndex((v) => v !== '' && walk.needsGradient(v));
  const [x, y] = [node.inputs[at]!, node.outputs[0]!];
  const dx = sub(...both(x, walk, pairing));
  const change = mul(m, sub(...both(y, walk, pairing)));
  return { at, dx, quotient: div(unbroadcast(walk, change, x, y), dx) };
}

const onlyActive = (node: Node, multiplier: string, walk: Walk) => {
  const at = node.inputs.findIndex((v) => v !== '' && walk.needsGradient(v));
  return node.inputs.map((_, i) => (i === at ? multiplier : undefined));
};
