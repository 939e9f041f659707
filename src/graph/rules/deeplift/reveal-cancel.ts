import type { Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import type { Node } from '../../graph.js';
import { type GraphFacts, onlyReader } from '../relevance/graph-facts.js';
import { type LinearLayer, layerOf } from '../relevance/layer.js';
import { both, difference, type MultiplierRule, type Pairing } from './pairing.js';

/** The multipliers of the positive and the negative part of a layer's change. */
interface Parts {
  readonly layer: LinearLayer;
  readonly positive: string;
  readonly negative: string;
}

/**
 * Reveal-cancel (Shrikumar et al. 2017, arXiv:1704.02685, section 3.5.3) where a curve follows a layer. The
 * change of the layer's output is split into its positive and its negative contributions. Each part gets its
 * Shapley value of the curve's change. Each input of the layer gets the multiplier of the part that it
 * contributes to.
 */
export function revealCancel(pairing: Pairing, facts: GraphFacts) {
  const found = new Map<Node, Parts>();
  return (node: Node, walk: Walk, rule: MultiplierRule): MultiplierRule | undefined => {
    const parts = found.get(node);
    if (parts)
      return () =>
        node.inputs.map((v) => (v === parts.layer.input ? behindLayer(parts, walk, pairing) : undefined));
    if (!is(node, 'curve', 'pieces', 'smooth', 'steps')) return undefined;
    const layer = layerBefore(node, walk, facts);
    if (!layer) return undefined;
    return (_, [m]) => {
      const made = split(node, layer, m!, walk, pairing);
      found.set(layer.node, made);
      return rule(node, [m], walk, pairing);
    };
  };
}

function layerBefore(node: Node, walk: Walk, facts: GraphFacts): LinearLayer | undefined {
  const x = node.inputs[0]!;
  if (!walk.needsGradient(x) || onlyReader(x, facts) !== node) return undefined;
  let maker = facts.producers.get(x);
  if (maker?.op === 'Add')
    maker = maker.inputs.map((v) => facts.producers.get(v)).find((n) => n !== undefined);
  const layer = maker && layerOf(maker, walk, facts);
  return layer?.output === x ? layer : undefined;
}

function split(node: Node, layer: LinearLayer, m: string, walk: Walk, pairing: Pairing): Parts {
  const { relu, min, add, sub, div, mul, where, equal } = walk;
  const x = layer.output;
  const [, x0] = both(x, walk, pairing);
  const da = difference(layer.input, walk, pairing);
  const [up, down] = [relu(da), min(da, 0)];
  const { positive, negative } = weightsOf(layer, walk);
  const through = (input: string, weight: string) => layer.forward(walk, input, weight, undefined);
  const rise = add(through(up, positive), through(down, negative));
  const fall = add(through(up, negative), through(down, positive));
  const at = (value: string) => {
    const inputs = node.inputs.map((v, i) => (i === 0 ? value : v));
    return walk.repeat(node, inputs)[0]!;
  };
  const [y0, risen, fallen] = [at(x0), at(add(x0, rise)), at(add(x0, fall))];
  const whole = at(add(add(x0, rise), fall));
  const share = (own: string, other: string, change: string) => {
    const both = add(sub(own, y0), sub(whole, other));
    const quotient = div(mul(0.5, both), change);
    const multiplier = where(equal(change, 0), 0, quotient);
    return walk.sameShape(mul(m, multiplier), layer.node.outputs[0]!);
  };
  return { layer, positive: share(risen, fallen, rise), negative: share(fallen, risen, fall) };
}

/**
 * Inputs that rose contribute to the positive part through positive weights, inputs that fell through
 * negative ones.
 */
function behindLayer({ layer, positive, negative }: Parts, walk: Walk, pairing: Pairing): string {
  const { add, mul, where, greater, less } = walk;
  const weights = weightsOf(layer, walk);
  const back = (weight: string, m: string) => layer.back(walk, weight, m);
  const rose = add(back(weights.positive, positive), back(weights.negative, negative));
  const fell = add(back(weights.positive, negative), back(weights.negative, positive));
  const da = difference(layer.input, walk, pairing);
  const same = mul(0.5, add(rose, fell));
  return where(greater(da, 0), rose, where(less(da, 0), fell, same));
}

const weightsOf = ({ weight }: LinearLayer, { relu, min }: Walk) => ({
  positive: relu(weight),
  negative: min(weight, 0),
});
