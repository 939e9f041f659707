import { floatOf, int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { axisOf } from '../../shapes.js';
import * as f from '../formula.js';
import { stabilised } from './stabilise.js';

/**
 * R_x = R |s x| / (|s x| + |t|) for y = s x + t (Hui & Binder 2019, 10.1007/978-3-030-20518-8_24): never more than R,
 * where s x / y grows without bound as the two cancel.
 */
export const absoluteShare =
  (epsilon: number): Rule =>
  (node, [relevance], walk) => {
    const [x, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
    const deviation = f.sqrt(walk, f.add(walk, variance, floatOf(node, 'epsilon', 1e-5)));
    const factor = f.div(walk, scale, deviation);
    const offset = f.sub(walk, shift, f.mul(walk, factor, mean));
    // |x| / (|x| + |t| / |s|): what is known of the channel is one constant.
    const kept = f.add(walk, f.abs(walk, offset), epsilon);
    const ones = f.range(walk.shape(x).dims.length - 2).map(() => 1);
    const constant = f.reshape(walk, f.div(walk, kept, f.abs(walk, factor)), [-1, ...ones]);
    const size = f.abs(walk, x);
    return [f.mul(walk, relevance!, f.div(walk, size, f.add(walk, size, constant)))];
  };

/**
 * Relevance of normalisations by the sample's own statistics: the deviation is a constant (Ali et al. 2022,
 * arXiv:2202.07304; Achtibat et al. 2024, arXiv:2402.05602), what is left is linear and shares by contributions, its
 * shift among them unless all passes it.
 */
export const constantDeviation =
  (epsilon: number, shift: 'share' | 'pass'): Rule =>
  (node, [relevance], walk) => {
    const [x, scale, offset = ''] = node.inputs as [string, string, string?];
    const y = node.outputs[0]!;
    const z = shift === 'pass' && offset !== '' ? f.sub(walk, y, byAxis(node, offset, walk)) : y;
    const each = f.div(walk, relevance!, stabilised(walk, z, epsilon));
    const { axes, group, ungroup } = statisticsOf(node, walk);
    const mean = (value: string) => f.reduce(walk, 'ReduceMean', value, axes, { keepdims: int(1) });
    const centred = (value: string) => f.sub(walk, value, mean(value));
    const deviations = centred(group(x));
    const variance = mean(f.mul(walk, deviations, deviations));
    const deviation = f.sqrt(walk, f.add(walk, variance, floatOf(node, 'epsilon', 1e-5)));
    const scaled = f.mul(walk, each, byAxis(node, scale, walk));
    return [f.mul(walk, x, ungroup(centred(f.div(walk, group(scaled), deviation))))];
  };

/** Over which axes the statistics are taken, and the shape in which these are axes. */
function statisticsOf(node: Node, walk: Walk) {
  const x = node.inputs[0]!;
  const rank = walk.shape(x).dims.length;
  const same = (value: string) => value;
  const from = (first: number) => Array.from({ length: rank - first }, (_, i) => first + i);
  if (node.op === 'LayerNormalization') {
    return { axes: from(axisOf(intOf(node, 'axis', -1), rank)), group: same, ungroup: same };
  }
  if (node.op === 'InstanceNormalization') return { axes: from(2), group: same, ungroup: same };
  const groups = intOf(node, 'num_groups', 1);
  return {
    axes: [2],
    group: (value: string) => f.reshape(walk, value, [0, groups, -1]),
    ungroup: (value: string) => f.reshapeLike(walk, value, x),
  };
}

/** Scale by channel, or by group of channels, of instance and group normalisation; a layer's is shaped as it is used. */
function byAxis(node: Node, scale: string, walk: Walk): string {
  if (node.op === 'LayerNormalization') return scale;
  const { dims } = walk.shape(node.inputs[0]!);
  const own = walk.shape(scale).dims[0]!;
  const rest = dims.slice(2).map(() => 1);
  if (own === dims[1]) return f.reshape(walk, scale, [-1, ...rest]);
  const repeated = walk.constant(int64([own, dims[1]! / own]));
  return f.reshape(walk, walk.emit('Expand', [f.reshape(walk, scale, [own, 1]), repeated]), [-1, ...rest]);
}
