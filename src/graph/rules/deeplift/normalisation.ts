import { floatOf, int, intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { axisOf } from '../../shapes.js';
import * as f from '../formula.js';
import { both, type MultiplierRule } from './pairing.js';

/**
 * Layer, instance and group normalisation: y = c r scale + shift with c = x - mean x, v = mean c^2 and
 * r = 1 / sqrt(v + epsilon). The products by their midpoints, and r - r0 = -(v - v0) r^2 r0^2 / (r + r0): nothing is
 * divided by a difference.
 */
export const normalisation: MultiplierRule = (node, [m], walk, pairing) => {
  const [x, x0] = both(node.inputs[0]!, walk, pairing);
  const { axes, group, ungroup, scaled } = layoutOf(node, walk);
  const mean = (value: string) => f.reduce(walk, 'ReduceMean', value, axes, { keepdims: int(1) });
  const parts = (value: string) => {
    const c = f.sub(walk, group(value), mean(group(value)));
    const variance = f.add(walk, mean(f.mul(walk, c, c)), floatOf(node, 'epsilon', 1e-5));
    return { c, r: f.div(walk, 1, f.sqrt(walk, variance)) };
  };
  const [at, at0] = [parts(x), parts(x0)];
  const half = (a: string, b: string) => f.mul(walk, 0.5, f.add(walk, a, b));
  const given = group(scaled(m!));
  const direct = f.mul(walk, given, half(at.r, at0.r));
  const product = f.mul(walk, at.r, at0.r);
  const slope = f.div(walk, f.mul(walk, product, product), f.add(walk, at.r, at0.r));
  const middle = half(at.c, at0.c);
  // Of v = mean c^2 each c has the multiplier 2 middle / n; the sum over n is a mean.
  const throughVariance = f.mul(
    walk,
    mean(f.mul(walk, given, middle)),
    f.mul(walk, slope, f.mul(walk, 2, middle)),
  );
  const ofCentred = f.sub(walk, direct, throughVariance);
  return [ungroup(f.sub(walk, ofCentred, mean(ofCentred)))];
};

function layoutOf(node: Node, walk: Walk) {
  const [x, scale] = node.inputs as [string, string];
  const { dims } = walk.shape(x);
  const rank = dims.length;
  const same = (value: string) => value;
  const byChannel = (value: string) =>
    f.mul(walk, value, f.reshape(walk, scale, [-1, ...f.range(rank - 2).map(() => 1)]));
  if (node.op === 'LayerNormalization') {
    const axes = f.range(rank).slice(axisOf(intOf(node, 'axis', -1), rank));
    return { axes, group: same, ungroup: same, scaled: (value: string) => f.mul(walk, value, scale) };
  }
  if (node.op === 'InstanceNormalization') {
    return { axes: f.range(rank).slice(2), group: same, ungroup: same, scaled: byChannel };
  }
  const groups = intOf(node, 'num_groups', 1);
  const own = walk.shape(scale).dims[0]!;
  const spread = own === dims[1] ? 1 : dims[1]! / own;
  const each = (value: string) => {
    const split = f.reshape(walk, value, [0, own, spread, -1]);
    return f.mul(walk, split, f.reshape(walk, scale, [-1, 1, 1]));
  };
  return {
    axes: [2],
    group: (value: string) => f.reshape(walk, value, [0, groups, -1]),
    ungroup: (value: string) => f.reshape(walk, value, [-1, ...dims.slice(1)]),
    scaled: each,
  };
}
