import type { OperatorName } from '../../../graph/catalogue/index.js';
import type { ElementType } from '../../../graph/graph.js';

/**
 * The operators that a provider has kernels for. A line `20-21: f h, i8` holds for opsets 20 to 21 and names
 * the types that each input takes; inputs after the last named take the same, `*` is any type. Cast names the
 * types that it makes after those that it reads.
 */
export type Kernels = Partial<Readonly<Record<OperatorName, readonly string[]>>>;

/** The short names of element types in these tables. */
export const typeLetters: Readonly<Record<ElementType, string>> = {
  float32: 'f',
  float64: 'd',
  float16: 'h',
  bfloat16: 'b',
  bool: '?',
  int8: 'i1',
  int16: 'i2',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  uint16: 'u2',
  uint32: 'u4',
  uint64: 'u8',
  float8e4m3fn: 'f8',
  float8e4m3fnuz: 'f8',
  float8e5m2: 'f8',
  float8e5m2fnuz: 'f8',
};
