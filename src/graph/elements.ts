import type { TypedArray } from '../tensor/tensor.js';
import type { Constant, ElementType } from './graph.js';

type ArrayConstructor = {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TypedArray;
  new (buffer: ArrayBuffer, offset: number, length: number): TypedArray;
};

/** The typed array of each element type. */
export const arrays: Readonly<Record<ElementType, ArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
};

/** A float32 constant; without a shape it has rank 1. */
export const float32 = (data: Float32Array | readonly number[], shape?: readonly number[]): Constant => ({
  type: 'float32',
  data: data instanceof Float32Array ? data : Float32Array.from(data),
  shape: shape ?? [data.length],
});

/** A float32 or float64 constant; without a shape it has rank 1. */
export const floating = (
  type: 'float32' | 'float64',
  data: readonly number[] | Float32Array | Float64Array,
  shape: readonly number[] = [data.length],
): Constant => ({
  type,
  data: type === 'float32' ? Float32Array.from(data) : Float64Array.from(data),
  shape,
});

/** The greatest whole number of 64 bits, to the end of an axis where a slice has it, is no double. */
const whole = (value: number): bigint => (value === 2 ** 63 ? 2n ** 63n - 1n : BigInt(value));

export const int64 = (values: readonly number[], shape?: readonly number[]): Constant => ({
  type: 'int64',
  data: BigInt64Array.from(values, whole),
  shape: shape ?? [values.length],
});

export const scalar = (value: number, type: 'float32' | 'float64' = 'float32'): Constant => ({
  type,
  data: type === 'float32' ? Float32Array.of(value) : Float64Array.of(value),
  shape: [],
});

/** The values of an integer or floating-point constant as numbers. */
export const numbers = (constant: Constant): number[] =>
  Array.from(constant.data as ArrayLike<number | bigint>, Number);

export const isFloat = (type: string): boolean =>
  type === 'float32' || type === 'float64' || type === 'float16';

/** The key of a constant of up to 64 elements, equal for equal constants; `undefined` for a larger one. */
export const smallKey = ({ type, shape, data }: Constant): string | undefined =>
  data.length <= 64
    ? `${type}[${shape}]:${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')}`
    : undefined;
