import { intOf, intsOf } from '../../../graph/attributes.js';
import { is } from '../../../graph/catalogue/index.js';
import { numbers } from '../../../graph/elements.js';
import { axisOf, range } from '../../../graph/shapes.js';
import { movedAlong } from './moves.js';
import { merged, type Origins, rearranged } from './origins.js';
import { joined, overlaid } from './overlaid.js';
import { reshaped } from './reshaped.js';
import type { Step } from './step.js';
import { product, resampled, summed } from './summed.js';

/** The origins of a node's output: undefined where they are not known, `apart` where its inputs' differ. */
export function originsAfter(step: Step): Origins | 'apart' | undefined {
  const { node, origins, parts, lengths, made } = step;
  const [first, second] = origins;
  if (node.domain !== '' || origins.every((one) => one === undefined)) return undefined;
  if (is(node, 'pointwise')) {
    const shown = withoutMask(step);
    return shown.some((one) => one !== undefined) ? overlaid(shown, parts, made.length) : undefined;
  }
  if (node.op === 'MatMul') return product(first, second, made.length);
  if (node.op === 'Concat') return joined(step);
  if (!first) return undefined;
  if (is(node, 'moves', 'in-order')) return reshaped(first, lengths[0]!, made);
  if (node.op === 'Transpose') {
    const order = intsOf(node, 'perm') ?? range(made.length).reverse();
    return rearranged(
      first,
      order.map((axis) => first.dims[axis]!),
      (index) => order.map((_, axis) => index[order.indexOf(axis)]!),
    );
  }
  if (node.op === 'Expand') return overlaid([first], parts, made.length);
  if (node.op === 'Tile')
    return first.dims.every((from, axis) => from === 1 || from === made[axis]) ? first : undefined;
  if (node.op === 'Gemm') return intOf(node, 'transA', 0) ? undefined : summed(first, 1);
  if (is(node, 'moves', 'cut') || moving.has(node.op)) return moved(step, first);
  if (is(node, 'reduces')) return reduced(step, first);
  if (keeping.has(node.op) || (is(node, 'normalises') && made.length === first.dims.length)) return first;
  return is(node, 'channels') && !is(node, 'moves') ? resampled(step, first) : undefined;
}

/** The inputs' origins; a mask that hides scores shows these alone, not what its condition is made of. */
function withoutMask({ node, origins, known }: Step): Step['origins'] {
  const hides = (value: string) => {
    const constant = known(value);
    return constant !== undefined && numbers(constant).some((score) => score <= -1e4);
  };
  return node.op === 'Where' && node.inputs.slice(1).some(hides) ? origins.with(0, undefined) : origins;
}

const moving = new Set(['Gather', 'Pad', 'ReverseSequence']);
const keeping = new Set(['Softmax', 'LogSoftmax', 'QuantizeLinear', 'DequantizeLinear', 'CumSum']);

/** Parts that are cut, picked, padded or turned around along axes. */
function moved({ node, place, lengths, made, known }: Step, from: Origins): Origins | undefined {
  const [before] = lengths;
  const rank = before!.length;
  const picked = node.op === 'Gather' ? axisOf(intOf(node, 'axis', 0), rank) : -1;
  if (picked >= 0 && lengths[1]!.length === 0) {
    const index = known(node.inputs[1]);
    const at = index && axisOf(Number(index.data[0]), before![picked]!);
    if (at === undefined && from.dims[picked] !== 1) return undefined;
    const dims = from.dims.toSpliced(picked, 1);
    return rearranged(from, dims, (i) => [...i.slice(0, picked), at ?? 0, ...i.slice(picked)]);
  }
  if (made.length !== rank) return undefined;
  const tracks = range(rank).map((axis) => {
    if (from.dims[axis] === 1) return undefined;
    const length = before![axis]!;
    const passage = { ...{ node, place, from: axis, rank, known }, length: made[axis]! };
    return movedAlong({ ...passage, lengths: lengths.map((one) => one[axis] ?? 0), tracks: [range(length)] });
  });
  const isLost = (track: (typeof tracks)[number], axis: number) =>
    !track && from.dims[axis] !== 1 && (axis === picked || made[axis] !== before![axis]);
  if (tracks.some(isLost)) return undefined;
  const dims = from.dims.map((length, axis) => (length === 1 ? 1 : made[axis]!));
  return rearranged(from, dims, (index) =>
    index.map((i, axis) => {
      const track = tracks[axis];
      return track ? (track[i] ?? -1) : i;
    }),
  );
}

/** The origins behind a reduction. */
function reduced({ node, lengths, known }: Step, from: Origins): Origins {
  const given = known(node.inputs[1]);
  const listed = given ? [...numbers(given)] : (intsOf(node, 'axes') ?? range(lengths[0]!.length));
  const axes = listed.map((axis) => axisOf(axis, from.dims.length));
  const { dims, at } = merged(from, axes);
  return intOf(node, 'keepdims', 1)
    ? { dims, at }
    : { dims: dims.filter((_, axis) => !axes.includes(axis)), at };
}
