import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import type { Box } from './regions.js';

/** Computes a box within a value from the boxes of all regions. */
export type BoxOf = (boxes: readonly Box[]) => Box;

/** Adds Slice and Concat nodes whose positions are inputs of the graph. */
export interface Cuts {
  cut(value: string, place: BoxOf, axes: readonly number[]): string;
  /** Returns the box `outer` of `base`, with `value` in place of the box `inner`. */
  paste(base: string, value: string, inner: BoxOf, outer: BoxOf, axes: readonly number[]): string;
  /** The number of the patch, `[1]`. */
  number(): string;
  /** The starts and ends of all slices for some boxes, and the patch's number, in one row. */
  row(boxes: readonly Box[], number: number): number[];
  /** The names of the start and end vectors, in the order of `row`. */
  readonly pairs: readonly string[];
}

/** Two numbers of a patch. */
type Reader = (boxes: readonly Box[], number: number) => readonly number[];

export function startCuts({ emit, constant, concat }: Builder): Cuts {
  const pairs: string[] = [];
  const readers: Reader[] = [];
  const ask = (read: Reader) => {
    pairs.push(`sl.pair.${pairs.length}`);
    readers.push(read);
    return pairs.at(-1)!;
  };
  const cut: Cuts['cut'] = (value, place, axes) =>
    emit('Slice', [
      value,
      ask((boxes) => place(boxes).map(([from]) => from)),
      ask((boxes) => place(boxes).map(([, to]) => to)),
      constant(int64(axes)),
    ]);
  return {
    pairs,
    cut,
    paste(base, value, inner, outer, axes) {
      const beside = (box: (inner: Box, outer: Box) => Box) =>
        cut(base, (boxes) => box(inner(boxes), outer(boxes)), axes);
      const left = beside(([rows, [from]], [, [first]]) => [rows, [first, from]]);
      const right = beside(([rows, [, to]], [, [, last]]) => [rows, [to, last]]);
      const above = beside(([[from]], [[first], columns]) => [[first, from], columns]);
      const below = beside(([[, to]], [[, last], columns]) => [[to, last], columns]);
      const middle = concat([left, value, right], axes[1]!);
      return concat([above, middle, below], axes[0]!);
    },
    number: () =>
      emit('Gather', [ask((_boxes, number) => [number, number]), constant(int64([0]))], { axis: int(0) }),
    row: (boxes, number) => readers.flatMap((read) => read(boxes, number)),
  };
}
