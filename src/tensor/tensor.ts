import { inputError } from '../base/errors.js';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Numbers of single or of double precision. */
export type Floats = Float32Array | Float64Array;

/** An array of numbers with its shape. Images are `[N, C, H, W]`. */
export interface Tensor<A extends TypedArray = Float32Array> {
  /** The numbers in row-major order. */
  readonly data: A;
  /** Length of each axis. */
  readonly shape: readonly number[];
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

/** A tensor of the given values in row-major order. Throws where they do not fill the shape. */
export function tensor<A extends TypedArray>(data: A, shape: readonly number[]): Tensor<A> {
  if (data.length !== sizeOf(shape)) {
    throw inputError(`${data.length} values do not fill the shape [${shape}]`);
  }
  return { data, shape };
}

/** A float32 tensor of zeros. */
export const zeros = (shape: readonly number[]): Tensor => ({ data: new Float32Array(sizeOf(shape)), shape });

/** Rows `from` to `to` (exclusive) of the first axis, as a view. */
export function rows<A extends TypedArray>({ data, shape }: Tensor<A>, from: number, to: number): Tensor<A> {
  const row = sizeOf(shape.slice(1));
  return { data: data.subarray(from * row, to * row) as A, shape: [to - from, ...shape.slice(1)] };
}

/** Joins tensors along the first axis; their other axes and their number types must be equal. */
export function concatenate<A extends Floats = Float32Array>(parts: readonly Tensor<A>[]): Tensor<A> {
  const [first] = parts;
  const shape = [parts.reduce((n, p) => n + p.shape[0]!, 0), ...first!.shape.slice(1)];
  const data = (first!.data instanceof Float64Array
    ? new Float64Array(sizeOf(shape))
    : new Float32Array(sizeOf(shape))) as Floats as A;
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { data, shape };
}

export const toFloat32 = ({ data, shape }: Tensor<TypedArray>): Tensor =>
  data instanceof Float32Array
    ? { data, shape }
    : { data: Float32Array.from(data as ArrayLike<number>, Number), shape };
