import { floatOf, intOf } from '../../attributes.js';
import { type Rule, unbroadcast, type Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { axisOf, range } from '../../shapes.js';
import { refusal } from './constant.js';
import { sumOverAllButChannels } from './convolution.js';

/**
 * y = (x - mean) / sqrt(var + epsilon) scale + bias with running statistics: dx = dy scale / sqrt(var +
 * epsilon), dscale = sum dy (x - mean) / sqrt(var + epsilon), dbias = sum dy
 */
export const BatchNormalization: Rule = (node, [dy], walk) => {
  const { sqrt, add, mul, div, sub } = walk;
  const [x, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  if (intOf(node, 'training_mode', 0)) throw refusal(node, 'training_mode = 1');
  if (walk.needsGradient(mean) || walk.needsGradient(variance))
    throw refusal(node, 'its statistics are computed');
  const rank = walk.shape(x).dims.length;
  const deviation = sqrt(add(variance, floatOf(node, 'epsilon', 1e-5)));
  const spread = (value: string) => perChannel(walk, value, rank);
  return [
    walk.needsGradient(x) ? mul(dy!, spread(div(scale, deviation))) : undefined,
    walk.needsGradient(scale)
      ? sumOverAllButChannels(mul(dy!, div(sub(x, spread(mean)), spread(deviation))), rank, walk)
      : undefined,
    walk.needsGradient(bias) ? sumOverAllButChannels(dy!, rank, walk) : undefined,
  ];
};

const perChannel = ({ reshape }: Walk, value: string, rank: number) =>
  reshape(value, [-1, ...range(rank - 2).map(() => 1)]);

/** n = (x - mean) / sqrt(var + epsilon), with statistics over `axes` */
function normalised(
  { sub, reduce, mul, sqrt, add, div }: Walk,
  node: Node,
  x: string,
  axes: readonly number[],
) {
  const centred = sub(x, reduce('ReduceMean', x, axes));
  const variance = reduce('ReduceMean', mul(centred, centred), axes);
  const deviation = sqrt(add(variance, floatOf(node, 'epsilon', 1e-5)));
  return { deviation, n: div(centred, deviation) };
}

/** dx = (dn - mean(dn) - n mean(dn n)) / deviation, with means over `axes` */
function through(
  { reduce, mul, div, sub }: Walk,
  dn: string,
  { n, deviation }: ReturnType<typeof normalised>,
  axes: readonly number[],
): string {
  const mean = reduce('ReduceMean', dn, axes);
  const slope = reduce('ReduceMean', mul(dn, n), axes);
  return div(sub(sub(dn, mean), mul(n, slope)), deviation);
}

/** y = n scale + bias over the axes from `axis` on: dn = dy scale, dscale = sum dy n, dbias = sum dy */
export const LayerNormalization: Rule = (node, [dy], walk) => {
  const { mul } = walk;
  const [x, scale, bias] = node.inputs as [string, string, string?];
  const y = node.outputs[0]!;
  const rank = walk.shape(x).dims.length;
  const axes = range(rank).slice(axisOf(intOf(node, 'axis', -1), rank));
  const parts = normalised(walk, node, x, axes);
  return [
    walk.needsGradient(x) ? through(walk, mul(dy!, scale), parts, axes) : undefined,
    walk.needsGradient(scale) ? unbroadcast(walk, mul(dy!, parts.n), scale, y) : undefined,
    bias && walk.needsGradient(bias) ? unbroadcast(walk, dy!, bias, y) : undefined,
  ];
};

/** y = n scale + bias, with statistics over the positions of each channel */
export const InstanceNormalization: Rule = (node, [dy], walk) => {
  const { mul } = walk;
  const [x, scale, bias] = node.inputs as [string, string, string];
  const rank = walk.shape(x).dims.length;
  const axes = range(rank).slice(2);
  const parts = normalised(walk, node, x, axes);
  return [
    walk.needsGradient(x) ? through(walk, mul(dy!, perChannel(walk, scale, rank)), parts, axes) : undefined,
    walk.needsGradient(scale) ? sumOverAllButChannels(mul(dy!, parts.n), rank, walk) : undefined,
    walk.needsGradient(bias) ? sumOverAllButChannels(dy!, rank, walk) : undefined,
  ];
};

/**
 * y = n scale + bias, with statistics over each group of channels; scale and bias are per channel, or per
 * group (opset 18)
 */
export const GroupNormalization: Rule = (node, [dy], walk) => {
  const { reshape, reduce, mul } = walk;
  const [x, scale, bias] = node.inputs as [string, string, string];
  const { dims } = walk.shape(x);
  const groups = intOf(node, 'num_groups', 1);
  const own = walk.shape(scale).dims[0]!;
  // [N, groups, one scale each, positions]
  const split = (value: string) => reshape(value, [0, groups, own / groups, -1]);
  const [sx, sdy] = [split(x), split(dy!)];
  const parts = normalised(walk, node, sx, [2, 3]);
  const each = reshape(scale, [1, groups, own / groups, 1]);
  const summed = (value: string) => reshape(reduce('ReduceSum', value, [0, 3]), [own]);
  return [
    walk.needsGradient(x)
      ? reshape(through(walk, mul(sdy, each), parts, [2, 3]), [-1, ...dims.slice(1)])
      : undefined,
    walk.needsGradient(scale) ? summed(mul(sdy, parts.n)) : undefined,
    walk.needsGradient(bias) ? summed(sdy) : undefined,
  ];
};
