import { floatOf, int, intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { axisOf, range } from '../../shapes.js';
import { both, type MultiplierRule } from './pairing.js';

/**
 * Layer, instance and group normalisation: y = c r scale + shift with c = x - mean x, v = mean c^2 and r = 1
 * / sqrt(v + epsilon). The products use midpoints, and r - r0 = -(v - v0) r^2 r0^2 / (r + r0). No term is
 * divided by a difference.
 */
export const normalisation: MultiplierRule = (node, [m], walk, pairing) => {
  const { reduce, sub, add, mul, div, sqrt } = walk;
  const [x, x0] = both(node.inputs[0]!, walk, pairing);
  const { axes, group, ungroup, scaled } = layoutOf(node, walk);
  const mean = (value: string) => reduce('ReduceMean', value, axes, { keepdims: int(1) });
  const parts = (value: string) => {
    const c = sub(group(value), mean(group(value)));
    const variance = add(mean(mul(c, c)), floatOf(node, 'epsilon', 1e-5));
    return { c, r: div(1, sqrt(variance)) };
  };
  const [at, at0] = [parts(x), parts(x0)];
  const half = (a: string, b: string) => mul(0.5, add(a, b));
  const given = group(scaled(m!));
  const direct = mul(given, half(at.r, at0.r));
  const product = mul(at.r, at0.r);
  const slope = div(mul(product, product), add(at.r, at0.r));
  const middle = half(at.c, at0.c);
  // v = mean c^2 has the multiplier 2 middle / n for each c; the sum over n is a mean.
  const throughVariance = mul(mean(mul(given, middle)), mul(slope, mul(2, middle)));
  const ofCentred = sub(direct, throughVariance);
  return [ungroup(sub(ofCentred, mean(ofCentred)))];
};

function layoutOf(node: Node, { shape, mul, reshape }: Walk) {
  const [x, scale] = node.inputs as [string, string];
  const { dims } = shape(x);
  const rank = dims.length;
  const same = (value: string) => value;
  const byChannel = (value: string) => mul(value, reshape(scale, [-1, ...range(rank - 2).map(() => 1)]));
  if (node.op === 'LayerNormalization') {
    const axes = range(rank).slice(axisOf(intOf(node, 'axis', -1), rank));
    return { axes, group: same, ungroup: same, scaled: (value: string) => mul(value, scale) };
  }
  if (node.op === 'InstanceNormalization') {
    return { axes: range(rank).slice(2), group: same, ungroup: same, scaled: byChannel };
  }
  const groups = intOf(node, 'num_groups', 1);
  const own = shape(scale).dims[0]!;
  const spread = own === dims[1] ? 1 : dims[1]! / own;
  const each = (value: string) => {
    const split = reshape(value, [0, own, spread, -1]);
    return mul(split, reshape(scale, [-1, 1, 1]));
  };
  return {
    axes: [2],
    group: (value: string) => reshape(value, [0, groups, -1]),
    ungroup: (value: string) => reshape(value, [-1, ...dims.slice(1)]),
    scaled: each,
  };
}
