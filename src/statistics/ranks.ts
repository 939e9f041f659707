import { averageRanks } from '../tensor/rank.js';

/** Sizes of the groups of equal values. */
export function tiesOf(values: ArrayLike<number>): number[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  return [...counts.values()];
}

/** The sum of `t^3 - t` over groups of `t` equal values, by which ties lower the variance of ranks. */
export const tieTerm = (values: ArrayLike<number>): number =>
  tiesOf(values).reduce((sum, t) => sum + t ** 3 - t, 0);

/** Ranks in descending order: the greatest value has rank 1, ties share their mean rank. */
export const descendingRanks = (values: readonly number[]): number[] => [
  ...averageRanks(values.map((value) => -value)),
];
