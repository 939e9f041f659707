import { inputError } from '../base/errors.js';
import { counted } from '../base/names.js';
import { chiSquareTail, fTail, studentizedRange, studentizedRangeTail } from './distributions.js';
import { descendingRanks, tiesOf, tieTerm } from './ranks.js';

/** How several treatments rank over the same subjects. */
export interface Friedman {
  /** The mean rank of each treatment; 1 is the greatest value. */
  readonly meanRanks: readonly number[];
  /** Friedman's statistic with the correction for ties, and its p-value by the chi-squared distribution. */
  readonly chiSquare: number;
  readonly p: number;
  /**
   * Iman and Davenport's less conservative form of it, by the F distribution. Where all subjects agree it is
   * infinite, however few they are, and its p-value is the chance that they all rank alike.
   */
  readonly f: number;
  readonly fP: number;
  /** Kendall's coefficient of concordance, from 0 to 1. */
  readonly w: number;
}

/**
 * Tests whether treatments rank alike over subjects (Friedman 1937, doi:10.1080/01621459.1937.10503522; Iman,
 * Davenport 1980, doi:10.1080/03610928008827904). `scores[subject][treatment]`; greater is better. Where all
 * treatments tie in all subjects, nothing differs: the p-values are 1. NaN where a score is. Throws where
 * subjects differ in the number of their scores, have fewer than two, or where there is one subject or none.
 */
export function friedman(scores: readonly (readonly number[])[]): Friedman {
  const [n, k] = sizeOf(scores);
  const ranks = scores.map(descendingRanks);
  const meanRanks = Array.from({ length: k }, (_, j) => ranks.reduce((sum, row) => sum + row[j]!, 0) / n);
  if (meanRanks.some(Number.isNaN)) {
    const none = Number.NaN;
    return { meanRanks, chiSquare: none, p: none, f: none, fP: none, w: none };
  }
  const ties = scores.reduce((sum, row) => sum + tieTerm(row), 0);
  const correction = 1 - ties / (n * k * (k ** 2 - 1));
  if (correction < 1e-12) return { meanRanks, chiSquare: 0, p: 1, f: 0, fP: 1, w: 0 };
  const squares = meanRanks.reduce((sum, rank) => sum + (n * rank) ** 2, 0);
  const chiSquare = ((12 / (n * k * (k + 1))) * squares - 3 * n * (k + 1)) / correction;
  const most = n * (k - 1);
  // Where all subjects agree, rounding may leave a little more or less than nothing.
  const rest = most - chiSquare < 1e-9 * most ? 0 : most - chiSquare;
  const f = ((n - 1) * chiSquare) / rest;
  return {
    meanRanks,
    chiSquare,
    p: chiSquareTail(chiSquare, k - 1),
    f,
    fP: rest === 0 ? chanceOfAgreement(scores[0]!, n) : fTail(f, k - 1, (k - 1) * (n - 1)),
    w: chiSquare / most,
  };
}

function sizeOf(scores: readonly (readonly number[])[]): readonly [subjects: number, treatments: number] {
  const k = scores[0]?.length ?? 0;
  const other = scores.findIndex((row) => row.length !== k);
  if (other > 0)
    throw inputError(
      `friedman: subject 0 has ${counted(k, 'score')} and subject ${other} has ${scores[other]!.length}; it takes one of each treatment`,
    );
  if (k < 2 || scores.length < 2)
    throw inputError(
      `friedman: ${counted(scores.length, 'subject')} of ${counted(k, 'score')}; it takes two subjects or more, each with a score of two treatments or more`,
    );
  return [scores.length, k];
}

/** The chance that subjects who rank at random all rank as the first one does. */
function chanceOfAgreement(first: readonly number[], subjects: number): number {
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
  const orders = tiesOf(first).reduce((count, tied) => count / factorial(tied), factorial(first.length));
  return orders ** (1 - subjects);
}

/** The least difference of mean ranks that tells two treatments apart (Nemenyi 1963; Demšar 2006). */
export const criticalDifference = (subjects: number, treatments: number, level = 0.05): number =>
  (studentizedRange(level, treatments) / Math.SQRT2) *
  Math.sqrt((treatments * (treatments + 1)) / (6 * subjects));

/** Nemenyi's p-value of each pair of mean ranks. */
export function nemenyi(meanRanks: readonly number[], subjects: number): number[][] {
  const k = meanRanks.length;
  const unit = Math.sqrt((k * (k + 1)) / (6 * subjects));
  return meanRanks.map((a, i) =>
    meanRanks.map((b, j) => (i === j ? 1 : studentizedRangeTail((Math.abs(a - b) / unit) * Math.SQRT2, k))),
  );
}
