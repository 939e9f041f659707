import type { Method } from '../attribution/method.js';
import { groupBy } from '../base/groups.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { clusterBootstrap, type Interval } from '../statistics/bootstrap.js';
import { holm } from '../statistics/corrections.js';
import { meanOf, type Observation } from '../statistics/patients.js';
import { proportionDifference, proportionInterval } from '../statistics/proportion.js';
import { signFlipTest } from '../statistics/sign-flip.js';
import type { ScoreRow, SummaryRow } from './rows.js';
import { firstOfSame } from './same-maps.js';

/** The baseline of maps that know neither model nor image. */
export const RANDOM = 'random';

/** Chance of any wrong verdict by one metric. */
const LEVEL = 0.05;

type Scored = Pick<ScoreRow, 'sample' | 'patient' | 'method' | 'metric' | 'value' | 'lesionShare'>;
type Told = Pick<Metric, 'name' | 'direction' | 'range' | 'binary' | 'chance'>;

/**
 * The mean of every method by every metric with its confidence interval, its gain over the baseline with the
 * best mean, from images that both have scores for, and the verdict of tests against every baseline.
 * Undefined scores are counted. `same` are groups of methods with the same maps, which count once.
 */
export function summarise(
  rows: readonly Scored[],
  methods: readonly Pick<Method, 'name' | 'family'>[],
  metrics: readonly Told[],
  seed: number,
  same: readonly (readonly string[])[] = [],
): SummaryRow[] {
  const families = new Map(methods.map(({ name, family }) => [name, family]));
  const byMetric = groupBy(rows, ({ metric }) => metric);
  const found = new Map(
    [...byMetric].map(([name, own]) => {
      const metric = metrics.find((one) => one.name === name)!;
      return [
        name,
        ofMetric(
          metric,
          groupBy(own, ({ method }) => method),
          families,
          seed,
          same,
        ),
      ];
    }),
  );
  return [...groupBy(rows, ({ method, metric }) => `${method}\n${metric}`).values()].map((group) => {
    const { method, metric } = group[0]!;
    return found.get(metric)!.get(method)!;
  });
}

function ofMetric(
  metric: Told,
  byMethod: ReadonlyMap<string, readonly Scored[]>,
  families: ReadonlyMap<string, Method['family']>,
  seed: number,
  same: readonly (readonly string[])[],
): ReadonlyMap<string, SummaryRow> {
  const isBaseline = (name: string) => families.get(name) === 'baseline';
  const names = [...byMethod.keys()];
  const [baselines, methods] = [names.filter(isBaseline), names.filter((name) => !isBaseline(name))];
  const firsts = new Map([...firstOfSame(methods, same), ...firstOfSame(baselines, same)]);
  const isFirst = (name: string) => firsts.get(name) === name;
  const hits = isProportion(metric, [...byMethod.values()].flat());
  const best = bestBaseline(baselines, byMethod, metric.direction);
  const sign = metric.direction === 'lower' ? -1 : 1;
  const against =
    best === undefined || metric.direction === 'none'
      ? new Map<string, Verdict>()
      : verdictsOf(methods.filter(isFirst), baselines.filter(isFirst), firsts.get(best)!, byMethod, sign);
  return new Map(
    names.map((method) => {
      const group = byMethod.get(method)!;
      const known = scoresOf(group);
      const first = firsts.get(method)!;
      const verdict = against.get(first);
      const gains = verdict === undefined ? [] : pairsOf(group, byMethod.get(best!)!);
      const { mean, low, high } = intervalOf(known, hits || isProportion(metric, known), seed);
      const gain = gains.length === 0 ? nothing : known95(gainOf(gains, sign, hits, seed));
      return [
        method,
        {
          method,
          family: families.get(method)!,
          metric: metric.name,
          direction: metric.direction,
          ...{ mean, low, high },
          gain: gain.mean,
          gainLow: gain.low,
          gainHigh: gain.high,
          verdict: verdict?.verdict ?? null,
          p: verdict?.p ?? null,
          sameAs: first === method ? null : first,
          ...relativeToChance(metric, mean, chanceOf(metric, group, byMethod.get(RANDOM))),
          scored: known.length,
          undefined: group.length - known.length,
        },
      ];
    }),
  );
}

const nothing = { mean: null, low: null, high: null };

/** An interval whose unknown ends are null, as in JSON. */
const known95 = ({ mean, low, high }: Interval) => ({
  mean,
  low: Number.isNaN(low) ? null : low,
  high: Number.isNaN(high) ? null : high,
});

/** The mean of scores and its interval: of a proportion where they are hits and misses. */
export const intervalOf = (known: readonly Observation[], hits: boolean, seed: number) =>
  known.length === 0
    ? nothing
    : known95(hits ? proportionInterval(known) : clusterBootstrap(known, { seed }));

/** Whether scores are hits and misses: as the metric declares, or as all of them are, of one's own metric. */
export const isProportion = (
  { binary, range }: Pick<Metric, 'binary' | 'range'>,
  rows: readonly Pick<ScoreRow, 'value'>[],
) =>
  binary ??
  (range[0] === 0 &&
    range[1] === 1 &&
    rows.every(({ value }) => value === null || value === 0 || value === 1));

/** The mean that random maps are expected to have, or else have in the run. */
function chanceOf({ chance }: Told, rows: readonly Scored[], random: readonly Scored[] = []): number | null {
  if (chance === 'mask-share') return meanOf(rows.map(({ lesionShare: value }) => ({ value })));
  if (chance !== undefined) return chance;
  const known = scoresOf(random);
  return known.length === 0 ? null : meanOf(known);
}

/** How far a mean lies from chance (0) towards the best possible score (1), where both are known. */
function relativeToChance({ direction, range }: Told, mean: number | null, chance: number | null) {
  const best = direction === 'none' ? Infinity : range[direction === 'higher' ? 1 : 0];
  const known = mean !== null && chance !== null && Number.isFinite(best) && best !== chance;
  return { chance, aboveChance: known ? (mean - chance) / (best - chance) : null };
}

const scoresOf = (rows: readonly Scored[]): Observation[] =>
  rows.flatMap(({ patient, value }) => (value === null ? [] : [{ patient, value }]));

/** The baseline with the best mean. */
function bestBaseline(
  baselines: readonly string[],
  byMethod: ReadonlyMap<string, readonly Scored[]>,
  direction: Metric['direction'],
): string | undefined {
  const sign = direction === 'lower' ? -1 : 1;
  return baselines
    .flatMap((name) => {
      const own = scoresOf(byMethod.get(name)!);
      return own.length === 0 ? [] : [{ name, mean: meanOf(own) }];
    })
    .sort((a, b) => sign * (b.mean - a.mean))[0]?.name;
}

type Pair = Observation & { readonly other: number };

/** Scores of the images that both have one for. */
export function pairsOf(rows: readonly Scored[], others: readonly Scored[]): Pair[] {
  const known = new Map(others.map(({ sample, value }) => [sample, value]));
  return rows.flatMap(({ sample, patient, value }) => {
    const other = known.get(sample) ?? null;
    return value === null || other === null ? [] : [{ patient, value, other }];
  });
}

const differencesOf = (pairs: readonly Pair[], sign: number): Observation[] =>
  pairs.map(({ patient, value, other }) => ({ patient, value: sign * (value - other) }));

function gainOf(pairs: readonly Pair[], sign: number, hits: boolean, seed: number): Interval {
  if (!hits) return clusterBootstrap(differencesOf(pairs, sign), { seed });
  const turned = pairs.map(({ patient, value, other }) => ({ patient, value: other, other: value }));
  return proportionDifference(sign > 0 ? pairs : turned);
}

interface Verdict {
  readonly verdict: NonNullable<SummaryRow['verdict']>;
  readonly p: number;
}

/**
 * Tests each method against each baseline and adjusts all p-values together. A method is better where it is
 * better than every baseline, and worse where it is worse than the best one.
 */
function verdictsOf(
  methods: readonly string[],
  baselines: readonly string[],
  best: string,
  byMethod: ReadonlyMap<string, readonly Scored[]>,
  sign: number,
): Map<string, Verdict> {
  const tests = methods.flatMap((method) =>
    baselines.flatMap((baseline) => {
      const pairs = pairsOf(byMethod.get(method)!, byMethod.get(baseline)!);
      const differences = differencesOf(pairs, sign);
      const test = { method, baseline, gain: meanOf(differences), p: signFlipTest(differences) };
      return pairs.length === 0 ? [] : [test];
    }),
  );
  const adjusted = holm(tests.map(({ p }) => p));
  const byOne = groupBy(
    tests.map((test, i) => ({ ...test, p: adjusted[i]! })),
    ({ method }) => method,
  );
  return new Map(
    [...byOne].flatMap(([method, own]) => {
      const strongest = own.find(({ baseline }) => baseline === best);
      if (strongest === undefined) return [];
      const above = own.every(({ gain }) => gain > 0);
      const p = above ? Math.max(...own.map((one) => one.p)) : strongest.p;
      const verdict =
        p >= LEVEL ? 'inconclusive' : above ? 'better' : strongest.gain < 0 ? 'worse' : 'inconclusive';
      return [[method, { verdict, p }] as const];
    }),
  );
}
