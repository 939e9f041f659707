import type { Builder } from '../graph/builder.js';

/** Of a batch in which rows 2i and 2i + 1 are two views of an image: the first ones, or the second. */
export const view = ({ slice }: Builder, value: string, which: 0 | 1): string =>
  slice(value, [{ axis: 0, start: which, end: 2 ** 31 - 1, step: 2 }]);

/** Puts the rows of two views back in turn, in the shape of `like`. */
export function inTurn(
  { concat, unsqueeze, reshapeLike }: Builder,
  views: readonly string[],
  like: string,
): string {
  const paired = views.map((value) => unsqueeze(value, [1]));
  return reshapeLike(concat(paired, 1), like);
}
