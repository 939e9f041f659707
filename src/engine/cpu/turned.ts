import type { Constant } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';

/** Arrays by name. */
export type Named = Readonly<Record<string, Constant>>;

/** Inputs that a graph holds as `[taps, O I]`, with their own shapes `[O, I, ..kernel]`. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** The taps of weights `[O, I, ..kernel]`; 1 of other shapes. */
export const tapsOf = (shape: readonly number[]): number => (shape.length > 3 ? sizeOf(shape.slice(2)) : 1);

/** The shape `[taps, O I]` of weights. */
export const flat = (shape: readonly number[]): [number, number] => [
  tapsOf(shape),
  sizeOf(shape) / tapsOf(shape),
];

/** Arrays `[O, I, ..kernel]` as `[taps, O I]`, for the inputs that are `turned`. */
export const turn = (arrays: Named, turned: Shapes): Named =>
  replaced(arrays, turned, (given, shape) => {
    const [taps, filters] = flat(shape);
    return { ...transposed(given, filters, taps), shape: [taps, filters] };
  });

/** The reverse of `turn`. */
export const turnBack = (arrays: Named, turned: Shapes): Named =>
  replaced(arrays, turned, (given, shape) => {
    const [taps, filters] = flat(shape);
    return { ...transposed(given, taps, filters), shape };
  });

const replaced = (
  arrays: Named,
  turned: Shapes,
  by: (given: Constant, shape: readonly number[]) => Constant,
): Named =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, given]) => {
      const shape = turned.get(name);
      return [name, shape ? by(given, shape) : given];
    }),
  );

function transposed(given: Constant, rows: number, columns: number): Constant {
  const data = given.data.slice();
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      data[column * rows + row] = given.data[row * columns + column]!;
  return { ...given, data };
}
