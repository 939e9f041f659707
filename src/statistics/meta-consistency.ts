import type { Direction } from './direction.js';
import { sameLength } from './lengths.js';
import { descendingRanks } from './ranks.js';
import { wilcoxon } from './wilcoxon.js';

/** How a metric scored methods before and after one disturbance: `[method][image]`, NaN where undefined. */
export interface Disturbance {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  /** Which images count: those whose prediction a minor disturbance left, or a disruptive one changed. */
  readonly counted: readonly boolean[];
}

/** How consistent a metric is, each from 0 to 1 and greater for better; NaN where no image counts. */
export interface MetaConsistency {
  /** Intra-consistency: a method's scores stay under minor disturbances, and change under disruptive ones. */
  readonly intraMinor: number;
  readonly intraDisruptive: number;
  /** Inter-consistency: methods keep their ranks under minor ones, and score worse under disruptive ones. */
  readonly interMinor: number;
  readonly interDisruptive: number;
  /** The mean of the four. */
  readonly score: number;
}

/**
 * The consistency of a metric under minor and disruptive disturbances (Hedström et al. 2023, The
 * meta-evaluation problem in explainable AI, arXiv:2302.07265): noise resilience and adversary reactivity.
 * An image is left out where a score that is compared is undefined. Scores that did not change count as
 * Pratt's zeros; equal scores share their mean rank. Throws where there are not as many after as before.
 */
export function metaConsistency(
  minor: readonly Disturbance[],
  disruptive: readonly Disturbance[],
  direction: Direction,
): MetaConsistency {
  for (const { before, after, counted } of [...minor, ...disruptive]) {
    sameLength('metaConsistency', before, after);
    for (const [m, own] of before.entries())
      for (const other of [after[m]!, counted]) sameLength('metaConsistency', own, other);
  }
  const four = {
    intraMinor: meanOfDefined(minor.flatMap(pValues)),
    intraDisruptive: meanOfDefined(disruptive.flatMap(pValues).map((p) => 1 - p)),
    interMinor: meanOfDefined(minor.flatMap(sameRanks)),
    interDisruptive: meanOfDefined(disruptive.flatMap((one) => worseScores(one, direction))),
  };
  return { ...four, score: Object.values(four).reduce((a, b) => a + b, 0) / 4 };
}

/** For each method the p-value that its scores are the same. */
const pValues = ({ before, after, counted }: Disturbance): number[] =>
  before.map((own, m) => {
    const at = own.flatMap((value, n) => (counted[n] && isNumber(value, after[m]![n]!) ? [n] : []));
    if (at.length === 0) return Number.NaN;
    return wilcoxon(
      at.map((n) => own[n]!),
      at.map((n) => after[m]![n]!),
      { zeros: 'pratt' },
    ).p;
  });

/** For each image and method whether the rank among methods is the same: 1 or 0. */
const sameRanks = ({ before, after, counted }: Disturbance): number[] =>
  counted.flatMap((counts, n) => {
    const [old, own] = [before, after].map((scores) => scores.map((row) => row[n]!)) as [number[], number[]];
    if (!counts || !isNumber(...old, ...own)) return [];
    const ranks = descendingRanks(own);
    return descendingRanks(old).map((rank, m) => (rank === ranks[m] ? 1 : 0));
  });

/** For each image and method whether the score is worse than before: 1 or 0. */
const worseScores = ({ before, after, counted }: Disturbance, direction: Direction): number[] =>
  before.flatMap((own, m) =>
    own.flatMap((value, n) => {
      const now = after[m]![n]!;
      if (!counted[n] || !isNumber(value, now)) return [];
      return (direction === 'higher' ? now < value : now > value) ? 1 : 0;
    }),
  );

const isNumber = (...values: readonly number[]) => values.every((value) => !Number.isNaN(value));

function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => isNumber(value));
  return defined.reduce((a, b) => a + b, 0) / defined.length;
}
