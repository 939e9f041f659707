import { floatOf, int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { axisOf, range } from '../../shapes.js';
import { stabilised } from './stabilise.js';

/**
 * R_x = R |s x| / (|s x| + |t|) for y = s x + t (Hui & Binder 2019, 10.1007/978-3-030-20518-8_24): at most R,
 * while s x / y grows without bound where s x and t cancel.
 */
export const absoluteShare =
  (epsilon: number): Rule =>
  (node, [relevance], { sqrt, add, div, sub, mul, abs, shape, reshape }) => {
    const [x, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
    const deviation = sqrt(add(variance, floatOf(node, 'epsilon', 1e-5)));
    const factor = div(scale, deviation);
    const offset = sub(shift, mul(factor, mean));
    // |x| / (|x| + |t| / |s|), with |t| / |s| one constant per channel.
    const kept = add(abs(offset), epsilon);
    const ones = range(shape(x).dims.length - 2).map(() => 1);
    const constant = reshape(div(kept, abs(factor)), [-1, ...ones]);
    const size = abs(x);
    return [mul(relevance!, div(size, add(size, constant)))];
  };

/**
 * Relevance of normalisations by sample statistics. The standard deviation counts as a constant (Ali et al.
 * 2022, arXiv:2202.07304; Achtibat et al. 2024, arXiv:2402.05602). The remaining linear map shares relevance
 * by contributions. The normalisation's shift gets a share too, unless `shift` is 'pass'.
 */
export const constantDeviation =
  (epsilon: number, shift: 'share' | 'pass'): Rule =>
  (node, [relevance], walk) => {
    const { sub, div, reduce, mul, sqrt, add } = walk;
    const [x, scale, offset = ''] = node.inputs as [string, string, string?];
    const y = node.outputs[0]!;
    const z = shift === 'pass' && offset !== '' ? sub(y, byAxis(node, offset, walk)) : y;
    const each = div(relevance!, stabilised(walk, z, epsilon));
    const { axes, group, ungroup } = statisticsOf(node, walk);
    const mean = (value: string) => reduce('ReduceMean', value, axes, { keepdims: int(1) });
    const centred = (value: string) => sub(value, mean(value));
    const deviations = centred(group(x));
    const variance = mean(mul(deviations, deviations));
    const deviation = sqrt(add(variance, floatOf(node, 'epsilon', 1e-5)));
    const scaled = mul(each, byAxis(node, scale, walk));
    return [mul(x, ungroup(centred(div(group(scaled), deviation))))];
  };

/** The axes of the statistics, and the reshaping to a form that has these axes. */
function statisticsOf(node: Node, { shape, reshape, reshapeLike }: Walk) {
  const x = node.inputs[0]!;
  const rank = shape(x).dims.length;
  const same = (value: string) => value;
  const from = (first: number) => Array.from({ length: rank - first }, (_, i) => first + i);
  if (node.op === 'LayerNormalization') {
    return { axes: from(axisOf(intOf(node, 'axis', -1), rank)), group: same, ungroup: same };
  }
  if (node.op === 'InstanceNormalization') return { axes: from(2), group: same, ungroup: same };
  const groups = intOf(node, 'num_groups', 1);
  return {
    axes: [2],
    group: (value: string) => reshape(value, [0, groups, -1]),
    ungroup: (value: string) => reshapeLike(value, x),
  };
}

/**
 * The scale or shift of instance and group normalisation, reshaped per channel; that of layer normalisation
 * as it is.
 */
function byAxis(node: Node, scale: string, { shape, reshape, constant, emit }: Walk): string {
  if (node.op === 'LayerNormalization') return scale;
  const { dims } = shape(node.inputs[0]!);
  const own = shape(scale).dims[0]!;
  const rest = dims.slice(2).map(() => 1);
  if (own === dims[1]) return reshape(scale, [-1, ...rest]);
  const repeated = constant(int64([own, dims[1]! / own]));
  return reshape(emit('Expand', [reshape(scale, [own, 1]), repeated]), [-1, ...rest]);
}
