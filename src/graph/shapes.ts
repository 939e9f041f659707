import { sizeOf } from '../tensor/tensor.js';

/**
 * The shape of a value as observed in runs: its lengths at batch 1, and the axis that grows with the batch.
 */
export interface ValueShape {
  readonly dims: readonly number[];
  /** `dims[batchAxis]` is the length for a batch of one. */
  readonly batchAxis?: number;
  readonly type: string;
}

export type Shapes = ReadonlyMap<string, ValueShape>;

/** A target shape for Reshape with -1 for the batch axis. */
export function openShape({ dims, batchAxis }: ValueShape): number[] {
  return dims.map((length, axis) => (axis === batchAxis ? -1 : length));
}

/** The axes of `outer` along which `inner` is broadcast. */
export function broadcastAxes(inner: ValueShape, outer: ValueShape): number[] {
  const shift = outer.dims.length - inner.dims.length;
  return outer.dims.flatMap((length, axis) => {
    const own = axis - shift;
    const repeated =
      own < 0 || (inner.dims[own] === 1 && (length !== 1 || grows(outer, axis)) && !grows(inner, own));
    return repeated ? [axis] : [];
  });
}

export const grows = (shape: ValueShape, axis: number): boolean => shape.batchAxis === axis;

/** The number of elements at batch 1. */
export const sizeAtOne = ({ dims }: ValueShape): number => sizeOf(dims);

/** The non-negative index of an axis; -1 is the last axis. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** `0, 1, .., length - 1` */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
