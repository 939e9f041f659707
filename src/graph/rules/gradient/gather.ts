import { int, intOf, string } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import { int64, numbers } from '../../elements.js';
import { axisOf } from '../../shapes.js';
import * as f from '../formula.js';
import { refusal } from './constant.js';

/** y takes elements of x at some places along an axis; each takes its dy back, summed where taken twice. */
export const Gather: Rule = (node, [dy], walk) => {
  const [x, indices] = node.inputs as [string, string];
  const { dims } = walk.shape(x);
  const axis = axisOf(intOf(node, 'axis', 0), dims.length);
  const picked = walk.shape(indices).dims;
  const known = walk.known(indices);
  const places = known && numbers(known).map((i) => axisOf(i, dims[axis]!));
  if (places && picked.length < 2 && places.every((place, i) => place === places[0]! + i)) {
    const apart = picked.length === 0 ? walk.emit('Unsqueeze', [dy!, walk.constant(int64([axis]))]) : dy!;
    const at = (amount: number) => dims.map((_, i) => (i === axis ? amount : 0));
    const pads = [...at(places[0]!), ...at(dims[axis]! - places[0]! - places.length)];
    return [pads.every((p) => p === 0) ? apart : walk.emit('Pad', [apart, walk.constant(int64(pads))])];
  }
  // The picked axes come first, as ScatterND wants them, then x's axes without the one that was picked from.
  const rank = dims.length + picked.length - 1;
  const taken = f.range(picked.length).map((i) => axis + i);
  const others = f.range(rank).filter((i) => !taken.includes(i));
  const updates = f.transpose(walk, dy!, [...taken, ...others]);
  const toFront = [axis, ...f.range(dims.length).filter((i) => i !== axis)];
  const zeros = f.expandLike(walk, 0, f.transpose(walk, x, toFront));
  const at = walk.emit('Unsqueeze', [indices, walk.constant(int64([-1]))]);
  const sums = walk.emit('ScatterND', [zeros, at, updates], { reduction: string('add') });
  return [
    f.transpose(
      walk,
      sums,
      f.range(dims.length).map((i) => toFront.indexOf(i)),
    ),
  ];
};

/** The same by whole places, the last axis of the indices, of x's leading axes. */
export const GatherND: Rule = (node, [dy], walk) => {
  const [x, indices] = node.inputs as [string, string];
  if (intOf(node, 'batch_dims', 0) !== 0) throw refusal(node, 'batch_dims are not 0');
  const sums = [f.expandLike(walk, 0, x), indices, dy!];
  return [walk.emit('ScatterND', sums, { reduction: string('add') })];
};

/** y holds the k greatest (or least) values along an axis; each of them takes its dy back. */
export const TopK: Rule = (node, [dy], walk) => {
  const x = node.inputs[0]!;
  const attributes = { axis: int(intOf(node, 'axis', -1)) };
  return [walk.emit('ScatterElements', [f.expandLike(walk, 0, x), node.outputs[1]!, dy!], attributes)];
};

/** The same element by element. */
export const GatherElements: Rule = (node, [dy], walk) => {
  const [x, indices] = node.inputs as [string, string];
  const attributes = { axis: int(intOf(node, 'axis', 0)), reduction: string('add') };
  return [walk.emit('ScatterElements', [f.expandLike(walk, 0, x), indices, dy!], attributes)];
};
