import { floatOf, int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { int64, scalar } from '../../elements.js';
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
    const added = walk.emit('Add', [variance, walk.constant(scalar(floatOf(node, 'epsilon', 1e-5)))]);
    const factor = walk.emit('Div', [scale, walk.emit('Sqrt', [added])]);
    const offset = walk.emit('Sub', [shift, walk.emit('Mul', [factor, mean])]);
    const rest = walk
      .shape(x)
      .dims.slice(2)
      .map(() => 1);
    const target = walk.constant(int64([-1, ...rest]));
    const byChannel = (value: string) => walk.emit('Reshape', [walk.emit('Abs', [value]), target]);
    const signal = walk.emit('Mul', [walk.emit('Abs', [x]), byChannel(factor)]);
    const whole = walk.emit('Add', [
      signal,
      walk.emit('Add', [byChannel(offset), walk.constant(scalar(epsilon))]),
    ]);
    return [walk.emit('Mul', [relevance!, walk.emit('Div', [signal, whole])])];
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
    const without = shift === 'pass' && offset !== '';
    const z = without ? walk.emit('Sub', [y, byAxis(node, offset, walk)]) : y;
    const each = walk.emit('Div', [relevance!, stabilised(walk, z, epsilon)]);
    const { axes, group, ungroup } = statisticsOf(node, walk);
    const over = walk.constant(int64(axes));
    const mean = (value: string) => walk.emit('ReduceMean', [value, over], { keepdims: int(1) });
    const centred = (value: string) => walk.emit('Sub', [value, mean(value)]);
    const deviations = centred(group(x));
    const variance = mean(walk.emit('Mul', [deviations, deviations]));
    const added = walk.emit('Add', [variance, walk.constant(scalar(floatOf(node, 'epsilon', 1e-5)))]);
    const scaled = walk.emit('Mul', [
      each,
      scale === '' ? walk.constant(scalar(1)) : byAxis(node, scale, walk),
    ]);
    const gradient = centred(walk.emit('Div', [group(scaled), walk.emit('Sqrt', [added])]));
    return [walk.emit('Mul', [x, ungroup(gradient)])];
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
  const groups = walk.constant(int64([0, intOf(node, 'num_groups', 1), -1]));
  return {
    axes: [2],
    group: (value: string) => walk.emit('Reshape', [value, groups]),
    ungroup: (value: string) => walk.emit('Reshape', [value, walk.emit('Shape', [x])]),
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
