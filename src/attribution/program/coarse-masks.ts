import { int } from '../../graph/attributes.js';
import { float32 } from '../../graph/elements.js';
import { dataTypes } from '../../graph/schema.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { MaskForm } from './mask-sampling.js';

/** A coarse grid that is enlarged to one cell more than the input and cropped at a shift along each axis. */
export interface CoarseMask {
  readonly cells: Float32Array;
  readonly shift: readonly number[];
}

/** The number of shifts along an axis: those within one cell. */
export const shiftsOf = (length: number, cells: number): number => Math.ceil(length / cells);

/** The arrays of one mask: its cells, and the shift of each axis. */
export const coarseArrays = ({ cells, shift }: CoarseMask): Float32Array[] => [
  cells,
  ...shift.map((one) => Float32Array.of(one)),
];

/** Masks that the engine enlarges: only their grids of `cells` along each axis and their shifts are sent. */
export const coarseMasks = (space: readonly number[], cells: number): MaskForm => ({
  key: `coarse ${cells}`,
  feeds: {
    'sl.cells': space.map(() => cells),
    ...Object.fromEntries(space.map((_, axis) => [`sl.shift.${axis}`, [1]])),
  },
  make({ emit, constant, matMul, reshape, transpose }, whole) {
    let mask = 'sl.cells';
    for (const [axis, length] of space.entries()) {
      const shifts = shiftsOf(length, cells);
      const weights = new Float32Array(shifts * length * cells);
      for (let shift = 0; shift < shifts; shift++) {
        for (const [i, { low, part }] of taps(cells, length, shift).entries()) {
          const row = (shift * length + i) * cells;
          weights[row + low]! += 1 - part;
          weights[row + Math.min(cells - 1, low + 1)]! += part;
        }
      }
      const table = constant(float32(weights, [shifts, length, cells]));
      const place = emit('Cast', [`sl.shift.${axis}`], { to: int(dataTypes.int32) });
      const own = reshape(emit('Gather', [table, place], { axis: int(0) }), [-1, length, cells]);
      // The axis goes last, behind those that are enlarged already: after all of them the order is the first.
      const rest = cells ** (space.length - axis - 1) * sizeOf(space.slice(0, axis));
      mask = transpose(matMul(own, reshape(mask, [-1, cells, rest])), [0, 2, 1]);
    }
    return reshape(mask, [-1, ...whole]);
  },
});

/** A weighted sum of coarse masks: those of one shift along the last axis are enlarged along it together. */
export function coarseSum(space: readonly number[], cells: number) {
  const shape = space.map(() => cells);
  const last = space.length - 1;
  const sums = new Map<number, Float64Array>();
  return {
    add(mask: CoarseMask, weight: number): void {
      const values = enlargedAlong(mask.cells, shape, space, mask.shift, last - 1);
      const at = mask.shift[last]!;
      const sum = sums.get(at) ?? new Float64Array(values.length);
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!;
      sums.set(at, sum);
    },
    total(): Float64Array {
      const all = new Float64Array(sizeOf(space));
      for (const [at, sum] of sums) {
        const own = stretched(
          sum,
          { outer: sizeOf(space.slice(0, last)), cells, inner: 1 },
          space[last]!,
          at,
        );
        for (let i = 0; i < all.length; i++) all[i]! += own[i]!;
      }
      return all;
    },
  };
}

/**
 * The part of the upsampled grid that starts at `shift`. Interpolates linearly between cell centres along
 * each axis and reflects at the edges, as the authors' code does.
 */
export const enlarge = (
  { data, shape }: Tensor,
  shift: readonly number[],
  space: readonly number[],
): Float32Array => Float32Array.from(enlargedAlong(data, shape, space, shift, space.length - 1));

/** A grid that is enlarged along its axes up to `to`, from the last of them to the first. */
function enlargedAlong(
  grid: ArrayLike<number>,
  shape: readonly number[],
  space: readonly number[],
  shift: readonly number[],
  to: number,
): ArrayLike<number> {
  let values = grid;
  for (let axis = to; axis >= 0; axis--) {
    const outer = sizeOf(shape.slice(0, axis));
    const inner = sizeOf(space.slice(axis + 1, to + 1)) * sizeOf(shape.slice(to + 1));
    values = stretched(values, { outer, cells: shape[axis]!, inner }, space[axis]!, shift[axis]!);
  }
  return values;
}

/** Values `[outer, cells, inner]` enlarged along the middle axis. */
function stretched(
  values: ArrayLike<number>,
  { outer, cells, inner }: { readonly outer: number; readonly cells: number; readonly inner: number },
  length: number,
  shift: number,
): Float64Array {
  const places = taps(cells, length, shift);
  const out = new Float64Array(outer * length * inner);
  for (let o = 0, to = 0; o < outer; o++) {
    for (const { low, part } of places) {
      const from = (o * cells + low) * inner;
      const next = (o * cells + Math.min(cells - 1, low + 1)) * inner;
      for (let i = 0; i < inner; i++, to++)
        out[to] = values[from + i]! * (1 - part) + values[next + i]! * part;
    }
  }
  return out;
}

/**
 * For the `count` pixels from `start` of an axis that is enlarged to one cell more than them: the cell before
 * each and the fractional distance to the next.
 */
function taps(cells: number, count: number, start: number) {
  const length = (cells + 1) * shiftsOf(count, cells);
  return Array.from({ length: count }, (_, i) => {
    const before = Math.abs(((start + i + 0.5) * cells) / length - 0.5);
    const place = Math.max(0, Math.min(before, 2 * (cells - 1) - before));
    const low = Math.floor(place);
    return { low, part: place - low };
  });
}
