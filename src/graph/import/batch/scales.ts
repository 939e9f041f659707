import { sizeOf } from '../../../tensor/tensor.js';
import { int } from '../../attributes.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import type { Edit } from '../../rewrite.js';
import { dataTypes } from '../../schema.js';
import { steps } from '../../steps.js';
import type { BatchPosition, Reader } from './position.js';

/**
 * Takes the scale of a dynamic quantisation from each sample: the file's own numbers for a batch of one,
 * where the file itself scales a batch as a whole.
 */
export const scaledBySample: Reader = ({ node, positions: [position], inputs: [shape] }) =>
  position ? [{ position, write: (edit) => roundedBySample(node, position, shape!, edit) }] : [];

/** Rounds a sample to 255 steps between its smallest and largest value, 0 among them. */
function roundedBySample(
  node: Node,
  { axis, outer, inner }: BatchPosition,
  shape: readonly number[],
  edit: Edit,
): readonly Node[] {
  const s = steps(node, edit);
  const { emit, transpose, reshape, reduce, min, max, sub, div, neg, clip, where, equal } = s;
  const [x] = node.inputs as [string];
  const [rounded, step, zero] = node.outputs as [string, string, string];
  const others = shape.map((_, i) => i).filter((i) => i !== axis);
  const first = axis === 0 ? x : transpose(x, [axis, ...others]);
  const flat = reshape(first, [outer, -1, inner, sizeOf(others.map((i) => shape[i]!))]);
  const of = (op: string) => reduce(op, flat, [0, 2, 3], { keepdims: int(0) });
  const low = min(of('ReduceMin'), 0);
  const span = sub(max(of('ReduceMax'), 0), low);
  const width = where(equal(span, 0), 1, div(span, 255));
  const origin = emit('Cast', [clip(emit('Round', [div(neg(low), width)]), 0, 255)], {
    to: int(dataTypes.uint8),
  });
  const places = edit.constant(int64([outer, 1, inner]));
  for (const [value, name] of [
    [width, step],
    [origin, zero],
  ] as const)
    emit(
      'Reshape',
      [emit('Expand', [reshape(value, [1, -1, 1]), places]), edit.constant(int64([-1]))],
      {},
      name,
    );
  return [...s.nodes, edit.node('QuantizeLinear', [x, step, zero], rounded, { axis: int(axis) })].map(
    (made) =>
      // Notes and errors about the rounding then name a node of the file.
      made.op === 'QuantizeLinear' ? { ...made, name: node.name } : made,
  );
}
