import { int, intOf, string } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import { int64, numbers } from '../../elements.js';
import { axisOf, range } from '../../shapes.js';
import { refusal } from './constant.js';

/** y = x[indices] along an axis: dx = dy added at the indices */
export const Gather: Rule = (node, [dy], walk) => {
  const { unsqueeze, emit, transpose, expandLike } = walk;
  const [x, indices] = node.inputs as [string, string];
  const { dims } = walk.shape(x);
  const axis = axisOf(intOf(node, 'axis', 0), dims.length);
  const picked = walk.shape(indices).dims;
  const known = walk.known(indices);
  const places = known && numbers(known).map((i) => axisOf(i, dims[axis]!));
  if (places && picked.length < 2 && places.every((place, i) => place === places[0]! + i)) {
    const apart = picked.length === 0 ? unsqueeze(dy!, [axis]) : dy!;
    const at = (amount: number) => dims.map((_, i) => (i === axis ? amount : 0));
    const pads = [...at(places[0]!), ...at(dims[axis]! - places[0]! - places.length)];
    return [pads.every((p) => p === 0) ? apart : emit('Pad', [apart, walk.constant(int64(pads))])];
  }
  // ScatterND needs the gathered axes first, then the other axes of x.
  const rank = dims.length + picked.length - 1;
  const taken = range(picked.length).map((i) => axis + i);
  const others = range(rank).filter((i) => !taken.includes(i));
  const updates = transpose(dy!, [...taken, ...others]);
  const toFront = [axis, ...range(dims.length).filter((i) => i !== axis)];
  const zeros = expandLike(0, transpose(x, toFront));
  const at = unsqueeze(indices, [-1]);
  const sums = emit('ScatterND', [zeros, at, updates], { reduction: string('add') });
  const back = range(dims.length).map((i) => toFront.indexOf(i));
  return [transpose(sums, back)];
};

/** As Gather; the last axis of the indices addresses the leading axes of x. */
export const GatherND: Rule = (node, [dy], { expandLike, emit }) => {
  const [x, indices] = node.inputs as [string, string];
  if (intOf(node, 'batch_dims', 0) !== 0) throw refusal(node, 'batch_dims are not 0');
  const sums = [expandLike(0, x), indices, dy!];
  return [emit('ScatterND', sums, { reduction: string('add') })];
};

/** y holds the k largest (or smallest) values along an axis: dx = dy at their indices, else 0 */
export const TopK: Rule = (node, [dy], { emit, expandLike }) => {
  const x = node.inputs[0]!;
  const attributes = { axis: int(intOf(node, 'axis', -1)) };
  return [emit('ScatterElements', [expandLike(0, x), node.outputs[1]!, dy!], attributes)];
};

/** As Gather, with an index for each element. */
export const GatherElements: Rule = (node, [dy], { emit, expandLike }) => {
  const [x, indices] = node.inputs as [string, string];
  const attributes = { axis: int(intOf(node, 'axis', 0)), reduction: string('add') };
  return [emit('ScatterElements', [expandLike(0, x), indices, dy!], attributes)];
};
