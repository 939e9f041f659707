import { floatOf, intOf } from '../../attributes.js';
import { type Rule, unbroadcast, type Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { axisOf } from '../../shapes.js';
import * as f from '../formula.js';
import { refusal } from './constant.js';
import { sumOverAllButChannels } from './convolution.js';

/**
 * y = (x - mean) / sqrt(var + epsilon) scale + bias, with the running statistics: dx = dy scale / sqrt(var + epsilon),
 * dscale = sum dy (x - mean) / sqrt(var + epsilon), dbias = sum dy.
 */
export const BatchNormalization: Rule = (node, [dy], walk) => {
  const [x, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  if (intOf(node, 'training_mode', 0)) throw refusal(node, 'training_mode = 1');
  if (walk.wanted(mean) || walk.wanted(variance)) throw refusal(node, 'its statistics are computed');
  const rank = walk.shape(x).dims.length;
  const deviation = f.sqrt(walk, f.add(walk, variance, floatOf(node, 'epsilon', 1e-5)));
  const spread = (value: string) => perChannel(walk, value, rank);
  return [
    walk.wanted(x) ? f.mul(walk, dy!, spread(f.div(walk, scale, deviation))) : undefined,
    walk.wanted(scale)
      ? sumOverAllButChannels(
          f.mul(walk, dy!, f.div(walk, f.sub(walk, x, spread(mean)), spread(deviation))),
          rank,
          walk,
        )
      : undefined,
    walk.wanted(bias) ? sumOverAllButChannels(dy!, rank, walk) : undefined,
  ];
};

const perChannel = (walk: Walk, value: string, rank: number) =>
  f.reshape(walk, value, [-1, ...f.range(rank - 2).map(() => 1)]);

/** n = (x - mean) / sqrt(var + epsilon), the statistics over `axes`. */
function normalised(walk: Walk, node: Node, x: string, axes: readonly number[]) {
  const centred = f.sub(walk, x, f.reduce(walk, 'ReduceMean', x, axes));
  const variance = f.reduce(walk, 'ReduceMean', f.mul(walk, centred, centred), axes);
  const deviation = f.sqrt(walk, f.add(walk, variance, floatOf(node, 'epsilon', 1e-5)));
  return { deviation, n: f.div(walk, centred, deviation) };
}

/** dx = (dn - mean(dn) - n mean(dn n)) / deviation, the means over `axes`. */
function through(
  walk: Walk,
  dn: string,
  { n, deviation }: ReturnType<typeof normalised>,
  axes: readonly number[],
): string {
  const mean = f.reduce(walk, 'ReduceMean', dn, axes);
  const slope = f.reduce(walk, 'ReduceMean', f.mul(walk, dn, n), axes);
  return f.div(walk, f.sub(walk, f.sub(walk, dn, mean), f.mul(walk, n, slope)), deviation);
}

/** y = n scale + bias over the axes from `axis` on: dn = dy scale, dscale = sum dy n, dbias = sum dy */
export const LayerNormalization: Rule = (node, [dy], walk) => {
  const [x, scale, bias] = node.inputs as [string, string, string?];
  const y = node.outputs[0]!;
  const rank = walk.shape(x).dims.length;
  const axes = f.range(rank).slice(axisOf(intOf(node, 'axis', -1), rank));
  const parts = normalised(walk, node, x, axes);
  return [
    walk.wanted(x) ? through(walk, f.mul(walk, dy!, scale), parts, axes) : undefined,
    walk.wanted(scale) ? unbroadcast(walk, f.mul(walk, dy!, parts.n), scale, y) : undefined,
    bias && walk.wanted(bias) ? unbroadcast(walk, dy!, bias, y) : undefined,
  ];
};

/** y = n scale + bias, normalised over the positions of each channel */
export const InstanceNormalization: Rule = (node, [dy], walk) => {
  const [x, scale, bias] = node.inputs as [string, string, string];
  const rank = walk.shape(x).dims.length;
  const axes = f.range(rank).slice(2);
  const parts = normalised(walk, node, x, axes);
  return [
    walk.wanted(x) ? through(walk, f.mul(walk, dy!, perChannel(walk, scale, rank)), parts, axes) : undefined,
    walk.wanted(scale) ? sumOverAllButChannels(f.mul(walk, dy!, parts.n), rank, walk) : undefined,
    walk.wanted(bias) ? sumOverAllButChannels(dy!, rank, walk) : undefined,
  ];
};

/** y = n scale + bias, normalised over each group of channels; scale and bias by channel, or by group (opset 18) */
export const GroupNormalization: Rule = (node, [dy], walk) => {
  const [x, scale, bias] = node.inputs as [string, string, string];
  const { dims } = walk.shape(x);
  const groups = intOf(node, 'num_groups', 1);
  const own = walk.shape(scale).dims[0]!;
  // [N, groups, one scale each, positions]
  const split = (value: string) => f.reshape(walk, value, [0, groups, own / groups, -1]);
  const [sx, sdy] = [split(x), split(dy!)];
  const parts = normalised(walk, node, sx, [2, 3]);
  const each = f.reshape(walk, scale, [1, groups, own / groups, 1]);
  const summed = (value: string) => f.reshape(walk, f.reduce(walk, 'ReduceSum', value, [0, 3]), [own]);
  return [
    walk.wanted(x)
      ? f.reshape(walk, through(walk, f.mul(walk, sdy, each), parts, [2, 3]), [-1, ...dims.slice(1)])
      : undefined,
    walk.wanted(scale) ? summed(f.mul(walk, sdy, parts.n)) : undefined,
    walk.wanted(bias) ? summed(sdy) : undefined,
  ];
};
