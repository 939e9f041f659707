import type { Constant } from '../../graph/graph.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

/** Everything is computed in 64 bits: whole numbers and truth values as well. */
export type Array64 = Tensor<Float64Array>;

export const array64 = (data: ArrayLike<number>, shape: readonly number[]): Array64 => ({
  data: Float64Array.from(data),
  shape,
});

export const scalar64 = (value: number): Array64 => array64([value], []);

export const fromConstant = ({ data, shape }: Constant): Array64 => ({
  data: Float64Array.from(data as ArrayLike<number | bigint>, Number),
  shape,
});

/** Every index into a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, flat) => {
    const index = Array<number>(shape.length);
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return index;
  });
}

/** The position of an index in row-major order, or -1 outside the shape. */
export function flatOf(shape: readonly number[], index: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const place = index[axis]!;
    if (place < 0 || place >= shape[axis]!) return -1;
    flat = flat * shape[axis]! + place;
  }
  return flat;
}

/** The element at an index; `outside` where there is none. */
export function at({ data, shape }: Array64, index: readonly number[], outside = 0): number {
  const flat = flatOf(shape, index);
  return flat < 0 ? outside : data[flat]!;
}

/** An array whose elements are computed one by one; the index is only lent. */
export function build(shape: readonly number[], element: (index: number[]) => number): Array64 {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = element(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { data, shape };
}

export const map = ({ data, shape }: Array64, f: (value: number) => number): Array64 => ({
  data: data.map((value) => f(value)),
  shape,
});

/** The shape that broadcasting gives. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) =>
    shapes.reduce((length, shape) => {
      const own = shape[axis - (rank - shape.length)] ?? 1;
      return own === 1 ? length : own;
    }, 1),
  );
}

/** The element of a broadcast array at an index of the result. */
export function broadcastAt(array: Array64, index: readonly number[]): number {
  const lead = index.length - array.shape.length;
  return at(
    array,
    array.shape.map((length, axis) => (length === 1 ? 0 : index[axis + lead]!)),
  );
}

/** Applies a function to broadcast arrays, element by element. */
export function broadcast(arrays: readonly Array64[], f: (...values: number[]) => number): Array64 {
  return build(broadcastShape(arrays.map((a) => a.shape)), (index) =>
    f(...arrays.map((array) => broadcastAt(array, index))),
  );
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const wholes = (array: Array64 | undefined): number[] | undefined => array && [...array.data];

/** `-1` is the last axis. */
export const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
