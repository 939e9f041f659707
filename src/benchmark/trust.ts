import type { Method } from '../attribution/method.js';
import { groupBy } from '../base/groups.js';
import { seededRandom } from '../base/random.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { holm } from '../statistics/corrections.js';
import { kendall } from '../statistics/kendall.js';
import { areEnough } from '../statistics/patients.js';
import { signFlipTest } from '../statistics/sign-flip.js';
import { quantile } from '../tensor/quantile.js';
import type { MetricTrust, ScoreRow } from './rows.js';
import { firstOfSame } from './same-maps.js';
import { pairsOf, RANDOM } from './summary.js';

type Scored = Pick<ScoreRow, 'sample' | 'patient' | 'method' | 'metric' | 'value' | 'lesionShare'>;
type Told = Pick<Metric, 'name' | 'direction' | 'needs'>;

/** Chance that a metric which says nothing is taken to say something. */
const LEVEL = 0.05;
const RESAMPLES = 500;
/** A tau from which on two rankings are said to agree; few methods make small ones common. */
const AGREES = 0.3;

/**
 * What each metric of a run is worth on its model: how many methods it tells from random maps, and whether
 * it ranks methods as the annotated truth does (Kendall's tau with the first metric that reads annotations).
 * `same` are groups of methods with the same maps, which count once.
 */
export function trustOf(
  rows: readonly Scored[],
  methods: readonly Pick<Method, 'name' | 'family'>[],
  metrics: readonly Told[],
  seed: number,
  same: readonly (readonly string[])[] = [],
): MetricTrust[] {
  const names = methods.map(({ name }) => name);
  const firsts = firstOfSame(names, same);
  const scored = new Set(rows.map(({ method }) => method));
  const distinct = methods.filter(({ name }) => firsts.get(name) === name && scored.has(name));
  const byMetric = groupBy(rows, ({ metric }) => metric);
  const truth = metrics.find(({ name, needs, direction }) => {
    return byMetric.has(name) && direction !== 'none' && needs.includes('mask');
  });
  return metrics.flatMap((metric) => {
    const own = byMetric.get(metric.name);
    if (own === undefined) return [];
    const { direction, needs } = metric;
    const told = toldFromRandom(own, distinct, direction);
    const readsTruth = needs.includes('mask');
    const agreement =
      truth === undefined || truth === metric || direction === 'none' || distinct.length < 3
        ? null
        : agreementOf(
            { rows: own, direction },
            { rows: byMetric.get(truth.name)!, direction: truth.direction },
            distinct.map(({ name }) => name),
            seed,
          );
    const found = { metric: metric.name, readsTruth, ...told, truth: truth?.name ?? null, agreement };
    return [{ ...found, ...verdictOf(found) }];
  });
}

/**
 * How many methods' scores differ from those of random maps, by Holm's correction over the methods, and how
 * many of these are worse.
 */
function toldFromRandom(
  rows: readonly Scored[],
  methods: readonly Pick<Method, 'name' | 'family'>[],
  direction: Metric['direction'],
) {
  const byMethod = groupBy(rows, ({ method }) => method);
  const random = byMethod.get(RANDOM);
  const judged = methods.filter(({ family }) => family !== 'baseline');
  const patients = new Set((random ?? rows).map(({ patient }) => patient)).size;
  if (random === undefined || judged.length === 0)
    return { told: null, behind: 0, judged: judged.length, patients };
  const ahead = judged.map(({ name }) =>
    pairsOf(byMethod.get(name) ?? [], random).map(({ patient, value, other }) => ({
      patient,
      value: direction === 'lower' ? other - value : value - other,
    })),
  );
  const chances = holm(ahead.map((pairs) => signFlipTest(pairs)));
  const told = ahead.filter((_, m) => chances[m]! < LEVEL);
  const isBehind = (pairs: (typeof ahead)[number]) => pairs.reduce((sum, { value }) => sum + value, 0) < 0;
  return {
    told: told.length,
    behind: direction === 'none' ? 0 : told.filter(isBehind).length,
    judged: judged.length,
    patients,
  };
}

interface Ranking {
  readonly rows: readonly Scored[];
  readonly direction: Metric['direction'];
}

/** Kendall's tau of the methods' mean scores and its 95 % interval, patients resampled, of enough. */
function agreementOf(one: Ranking, other: Ranking, names: readonly string[], seed: number) {
  const [a, b] = [one, other].map((ranking) => sumsOf(ranking, names)) as [Sums, Sums];
  const patients = [...new Set([...a.keys(), ...b.keys()])];
  const tauOf = (drawn: readonly string[]) => kendall(meansOf(a, drawn, names), meansOf(b, drawn, names)).tau;
  const mean = tauOf(patients);
  if (Number.isNaN(mean) || !areEnough(patients.length)) return null;
  const random = seededRandom(`agreement/${seed}`);
  const taus = Array.from({ length: RESAMPLES }, () =>
    tauOf(patients.map(() => patients[random.below(patients.length)]!)),
  ).filter((tau) => !Number.isNaN(tau));
  return { mean, low: quantile(taus, 0.025), high: quantile(taus, 0.975) };
}

/** Each patient's sum of scores and their number for each method; greater is better. */
type Sums = ReadonlyMap<string, readonly { readonly sum: number; readonly count: number }[]>;

function sumsOf({ rows, direction }: Ranking, names: readonly string[]): Sums {
  const sign = direction === 'lower' ? -1 : 1;
  const byPatient = groupBy(rows, ({ patient }) => patient);
  return new Map(
    [...byPatient].map(([patient, own]) => {
      const byMethod = groupBy(own, ({ method }) => method);
      const sums = names.map((name) => {
        const values = (byMethod.get(name) ?? []).flatMap(({ value }) => (value === null ? [] : [value]));
        return { sum: sign * values.reduce((x, y) => x + y, 0), count: values.length };
      });
      return [patient, sums];
    }),
  );
}

const meansOf = (sums: Sums, drawn: readonly string[], names: readonly string[]): number[] =>
  names.map((_, m) => {
    let [sum, count] = [0, 0];
    for (const patient of drawn) {
      const own = sums.get(patient)?.[m];
      sum += own?.sum ?? 0;
      count += own?.count ?? 0;
    }
    return sum / count;
  });

/** Kendall's tau of every two metrics over the methods' mean scores, turned so that greater is better. */
export function agreementMatrix(
  rows: readonly Scored[],
  metrics: readonly Told[],
): { readonly metrics: readonly string[]; readonly taus: readonly (readonly number[])[] } {
  const byMetric = groupBy(rows, ({ metric }) => metric);
  const ranked = metrics.filter(({ name, direction }) => direction !== 'none' && byMetric.has(name));
  const names = [...new Set(rows.map(({ method }) => method))];
  const means = ranked.map(({ name, direction }) => {
    const sums = sumsOf({ rows: byMetric.get(name)!, direction }, names);
    return meansOf(sums, [...sums.keys()], names);
  });
  const taus = means.map((a) =>
    means.map((b) => {
      const both = names.flatMap((_, m) => (Number.isFinite(a[m]) && Number.isFinite(b[m]) ? [m] : []));
      const of = (own: readonly number[]) => both.map((m) => own[m]!);
      return kendall(of(a), of(b)).tau;
    }),
  );
  return { metrics: ranked.map(({ name }) => name), taus };
}

/** Whether a metric earns a column, and why or why not in a sentence. */
function verdictOf({
  metric,
  readsTruth,
  told,
  behind,
  judged,
  patients,
  truth,
  agreement,
}: Omit<MetricTrust, 'earns' | 'why'>): Pick<MetricTrust, 'earns' | 'why'> {
  if (told === null) {
    return { earns: 'unknown', why: `${metric}: not known, as the run has no random maps to compare with` };
  }
  if (told === 0) {
    const who = patients === 1 ? '1 patient is' : `${patients} patients are`;
    const few = judged * 2 ** (1 - patients) >= LEVEL ? `; ${who} too few for it to` : '';
    return {
      earns: 'nothing',
      why: `${metric} tells none of ${judged} methods from random maps on this model${few}`,
    };
  }
  const tells = `${metric} tells ${told} of ${judged} methods from random maps`;
  if (2 * behind > told) return { earns: 'doubt', why: `${tells}, but puts ${behind} of them behind` };
  if (readsTruth) return { earns: 'column', why: `${tells}, and reads the annotation itself` };
  if (agreement === null) return { earns: 'column', why: tells };
  const { agrees, words } = relationOf(agreement, truth!);
  return agrees
    ? { earns: 'column', why: `${tells}, and ${words}` }
    : { earns: 'doubt', why: `${tells}, but ${words}` };
}

/** Whether a ranking agrees with that of the `truth` by their tau and its interval, and in words. */
export function relationOf(
  { mean, low, high }: NonNullable<MetricTrust['agreement']>,
  truth: string,
): { readonly agrees: boolean; readonly words: string } {
  const agrees = low > 0 && mean >= AGREES;
  const relation = agrees
    ? 'its ranking agrees with that of'
    : high >= AGREES
      ? 'these images do not tell whether its ranking agrees with that of'
      : high < 0 && mean <= -AGREES
        ? 'its ranking is against that of'
        : low > -AGREES
          ? 'its ranking has little to do with that of'
          : 'its ranking does not agree with that of';
  const figures = `tau ${mean.toFixed(2)}, ${low.toFixed(2)} to ${high.toFixed(2)}`;
  return { agrees, words: `${relation} ${truth} (${figures})` };
}
