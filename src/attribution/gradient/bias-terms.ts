import { floatOf } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import { is } from '../../graph/catalogue/index.js';
import type { Node } from '../../graph/graph.js';
import { quantisedRange } from '../../graph/rules/gradient/quantise.js';
import { factorsOf } from '../../graph/rules/relevance/simple.js';
import type { RuleChoice } from '../map-graph.js';

/** A bias times the gradient with respect to it. The term has the shape of value `at`. */
export interface BiasTerm {
  readonly term: string;
  readonly at: string;
}

/** Wraps rules so that they also append the bias terms of each node to `terms`. */
export function recordingBiases(rules: RuleChoice, terms: BiasTerm[]): RuleChoice {
  return (node) => {
    const rule = rules(node);
    if (typeof rule !== 'function') return rule;
    return (target, gradients, walk) => {
      const found = rule(target, gradients, walk);
      if (gradients[0] !== undefined)
        for (const { term, at } of termsOf(target, gradients[0], found, walk))
          terms.push({ term, at: inModel(at, node, target) });
      return found;
    };
  };
}

/** The model's name of a value of `target`, in which integers on the way are replaced by their casts. */
function inModel(value: string, node: Node, target: Node): string {
  const [input, output] = [target.inputs.indexOf(value), target.outputs.indexOf(value)];
  return node.inputs[input] ?? node.outputs[output] ?? value;
}

/**
 * g b with b = y - sum x dy/dx, the part of a node's output that is not linear in its inputs: a declared
 * bias, the shift of BatchNormalization, or the implicit bias of a nonlinearity (Srinivas & Fleuret 2019,
 * equation 4).
 */
function termsOf(node: Node, g: string, found: ReturnType<Rule>, walk: Walk): BiasTerm[] {
  const { mul, sub, neg } = walk;
  const y = node.outputs[0]!;
  const active = node.inputs.filter((v) => v !== '' && walk.needsGradient(v));
  const one = (term: string | undefined): BiasTerm[] => (term === undefined ? [] : [{ term, at: y }]);
  if (is(node, 'linear', 'each') || node.op === 'ReduceSumSquare')
    return [...one(withBias(node, g, walk)), ...one(ofProduct(node, g, walk))];
  if (node.op === 'BatchNormalization') return one(mul(g, byChannel(shiftOf(node, walk), y, walk)));
  if (joins(node)) return one(withConstants(node, g, active, walk));
  // A zero point stands for 0: what rounding and saturation add is counted where values are quantised.
  if (node.op === 'DequantizeLinear') return [];
  if (node.op === 'QuantizeLinear') return [{ term: ofRounding(node, g, found, walk), at: node.inputs[0]! }];
  if (node.op === 'Div' && active.length === 2) return one(mul(g, y));
  const at = node.inputs.indexOf(active[0]!);
  const slope = found[at];
  if (active.length !== 1 || (at === 0 && is(node, 'homogeneous'))) return [];
  const whole = mul(g, y);
  if (slope === undefined) return one(whole);
  const sloped = mul(slope, active[0]!);
  if (sameShape(walk, active[0]!, y)) return one(sub(whole, sloped));
  return is(node, 'reduces') ? [...one(whole), { term: neg(sloped), at: active[0]! }] : [];
}

/** For a product of n factors x dy/dx equals y for each factor, so the bias is y - n y. */
function ofProduct(node: Node, g: string, walk: Walk): string | undefined {
  const { mul, sub } = walk;
  const own = is(node, 'bias') ? { ...node, inputs: node.inputs.slice(0, 2) } : node;
  const factors = factorsOf(own, walk);
  if (factors < 2) return undefined;
  const whole = mul(g, node.outputs[0]!);
  const bias = withBias(node, g, walk);
  return mul(1 - factors, bias === undefined ? whole : sub(whole, bias));
}

/** g (y - z) - x dy/dx for y = saturate(round(x / s) + z). */
function ofRounding(node: Node, g: string, [slope]: ReturnType<Rule>, walk: Walk): string {
  const { sub, mul } = walk;
  const { zero } = quantisedRange(node, walk);
  return sub(mul(g, sub(node.outputs[0]!, zero)), mul(slope!, node.inputs[0]!));
}

function withBias(node: Node, g: string, walk: Walk): string | undefined {
  const { mul } = walk;
  const bias = node.inputs[2];
  if (!bias || !is(node, 'bias')) return undefined;
  if (node.op === 'Gemm') return mul(g, mul(bias, floatOf(node, 'beta', 1)));
  return mul(g, byChannel(bias, node.outputs[0]!, walk));
}

/**
 * The shift of BatchNormalization, computed directly: y - x dy/dx would leave rounding errors when it is
 * zero.
 */
function shiftOf(node: Node, { sqrt, add, sub, mul, div }: Walk): string {
  const [, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  const spread = sqrt(add(variance, floatOf(node, 'epsilon', 1e-5)));
  return sub(bias, mul(mean, div(scale, spread)));
}

function byChannel(values: string, y: string, { shape, reshape }: Walk): string {
  const [, , ...spatial] = shape(y).dims;
  return reshape(values, [1, -1, ...spatial.map(() => 1)]);
}

/** Constants that an operator joins to other values, such as a class token or padding, count as biases. */
const joins = (node: Node) => is(node, 'linear', 'all') || node.op === 'Where' || node.op === 'Pad';

/** The gradient times the output of a node whose non-constant inputs are 0. */
function withConstants(
  node: Node,
  g: string,
  active: readonly string[],
  { expandLike, mul, emit }: Walk,
): string | undefined {
  const given = node.op === 'Pad' ? [node.inputs[0]!, node.inputs[2] ?? ''] : node.inputs;
  if (given.every((v) => v === '' || active.includes(v))) return undefined;
  const parts = node.inputs.map((v) => (active.includes(v) ? expandLike(0, v) : v));
  return mul(g, emit(node.op, parts, node.attributes));
}

function sameShape(walk: Walk, a: string, b: string): boolean {
  const [left, right] = [walk.shape(a).dims, walk.shape(b).dims];
  return left.length === right.length && left.every((n, axis) => n === right[axis]);
}
