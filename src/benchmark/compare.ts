import { basename, join, resolve } from 'node:path';
import { z } from 'zod/mini';
import { inputError, usageError } from '../base/errors.js';
import { readTextIfThere } from '../base/files.js';
import { groupBy } from '../base/groups.js';
import { parseJson } from '../base/json.js';
import { unknownName } from '../base/names.js';
import { seededRandom } from '../base/random.js';
import { readTable } from '../data/formats/table.js';
import { mean } from '../statistics/bootstrap.js';
import { holm } from '../statistics/corrections.js';
import { criticalDifference, type Friedman, friedman } from '../statistics/friedman.js';
import { areEnough } from '../statistics/patients.js';
import { subjectsNeeded } from '../statistics/power.js';
import { descendingRanks } from '../statistics/ranks.js';
import { roundedDifferences, wilcoxon } from '../statistics/wilcoxon.js';
import { quantile } from '../tensor/quantile.js';
import { type RunManifest, readManifest } from './manifest.js';
import { firstOfSame } from './same-maps.js';

/** One method's place among the methods that were compared. */
export interface Ranked {
  readonly method: string;
  /** Mean score and mean rank over the subjects; rank 1 is best. */
  readonly mean: number;
  readonly rank: number;
  /** 95 % interval of the rank among all methods, subjects resampled; `NaN` of fewer than four. */
  readonly low: number;
  readonly high: number;
  /** Against the best method: Wilcoxon's p-value by Holm's correction, and the rank-biserial correlation. */
  readonly p: number;
  readonly effect: number;
  /** Subjects that would tell it from the best in four of five such studies; null for the best, or never. */
  readonly needed: number | null;
}

/** The methods of one or several runs, ranked by one metric over the same subjects. */
export interface Comparison {
  readonly metric: string;
  readonly direction: 'higher' | 'lower';
  readonly runs: readonly string[];
  /** Patients of all runs, their images averaged; one of several runs on the same images counts once. */
  readonly subjects: number;
  /** Patients with an undefined score of any method: left out, or counted with the worst score of all. */
  readonly undefined: number;
  readonly undefinedAs: UndefinedRule;
  readonly test: Omit<Friedman, 'meanRanks'>;
  /** The least difference of mean ranks that tells two methods apart at 5 % (Nemenyi). */
  readonly criticalDifference: number;
  /** What has to be known of a run before its methods are ranked: a model at chance, for one. */
  readonly cautions: readonly string[];
  /** In order of rank. */
  readonly methods: readonly Ranked[];
  /** Methods that count as another or that a run lacks, and what may make patients of runs the same. */
  readonly notes: readonly string[];
}

/** What an undefined score counts as: its patient is left out for all methods, or it is the worst of all. */
export const undefinedRules = ['left-out', 'worst'] as const;
export type UndefinedRule = (typeof undefinedRules)[number];

export interface CompareOptions {
  /** A metric's name; the first of the runs by default. */
  readonly metric?: string;
  /** Names of methods; all that every run has by default. */
  readonly methods?: readonly string[];
  readonly undefinedAs?: UndefinedRule;
  readonly seed?: number;
}

interface Row {
  readonly patient: string;
  readonly subject: string;
  readonly method: string;
  readonly metric: string;
  readonly value: number;
}

/**
 * Ranks methods by one metric over the patients of finished runs, with the tests for several treatments of
 * the same subjects (Demšar 2006, Statistical comparisons of classifiers over multiple data sets). Methods
 * with the same maps in all runs count once.
 * Throws where a folder holds no run, where a run lacks a method that is named, or where fewer than two
 * methods or subjects are left.
 */
export async function compareRuns(
  runs: readonly string[],
  { metric: wanted, methods: chosen, undefinedAs = 'left-out', seed = 0 }: CompareOptions = {},
): Promise<Comparison> {
  const twice = runs.find((run, i) => runs.slice(0, i).some((other) => resolve(other) === resolve(run)));
  if (twice !== undefined) throw usageError(`${twice} is given twice; a run counts once`);
  const read = await Promise.all(runs.map(readScores));
  const rows = read.flatMap(({ rows }) => rows);
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const name = wanted ?? metrics[0]!;
  if (!metrics.includes(name)) throw unknownName(metrics, name, 'metric of these runs');
  const direction = await directionOf(runs[0]!, name);
  if (direction === 'none') throw usageError(`metric ${name} has no better and worse: it ranks nothing`);
  const own = rows.filter(({ metric }) => metric === name);
  const known = [...new Set(own.map(({ method }) => method))];
  const without = (method: string) =>
    read.find(({ rows }) => !rows.some((row) => row.metric === name && row.method === method));
  for (const method of chosen ?? []) {
    if (!known.includes(method)) throw unknownName(known, method, 'method of these runs');
    const lacking = without(method);
    if (lacking !== undefined)
      throw inputError(
        `${lacking.name}: holds no score of method ${method} by ${name}; name methods that every run has`,
      );
  }
  const bySubject = [...groupBy(own, ({ subject }) => subject).values()].map((all) =>
    groupBy(all, ({ method }) => method),
  );
  // Runs may share patients: a method of one of them has other models' scores beside it, not its own.
  const isInAll = (method: string) =>
    without(method) === undefined && bySubject.every((all) => all.has(method));
  const asked = chosen ?? known.filter(isInAll);
  const left = chosen ? [] : known.filter((method) => !isInAll(method));
  const partial = left.length === 0 ? [] : [`left out, as not every run has them: ${left.join(', ')}`];
  const firsts = firstOfSame(asked, sameInAll(asked, read));
  const methods = asked.filter((method) => firsts.get(method) === method);
  const others = asked.filter((method) => firsts.get(method) !== method);
  const table = bySubject.map((all) =>
    methods.map((method) => mean((all.get(method) ?? []).map(({ value }) => value))),
  );
  const isDefined = (row: readonly number[]) => row.every((value) => !Number.isNaN(value));
  const scores = undefinedAs === 'worst' ? worstFor(table, direction) : table.filter(isDefined);
  const alike = others.map(
    (method) => `${method} has the same maps as ${firsts.get(method)} and counts as it`,
  );
  if (methods.length < 2 || scores.length < 2) {
    const lost = table.length - scores.length;
    const undefinedFor = `${lost} of ${table.length} patients have an undefined score of a method`;
    const why = [...alike, ...partial, ...(lost > 0 ? [undefinedFor] : [])]
      .map((reason) => `; ${reason}`)
      .join('');
    throw inputError(
      `${runs.join(', ')}: a comparison takes two methods and two patients with defined scores; these have ${methods.length} and ${scores.length}${why}`,
    );
  }
  const { meanRanks, ...test } = friedman(signed(scores, direction));
  return {
    metric: name,
    direction,
    runs: runs.map((run) => basename(run)),
    subjects: scores.length,
    undefined: table.length - table.filter(isDefined).length,
    undefinedAs,
    test,
    criticalDifference: criticalDifference(scores.length, methods.length),
    cautions: read.flatMap(({ name: run, cautions }) => cautions.map((caution) => `${run}: ${caution}`)),
    methods: ranked(methods, scores, meanRanks, direction, seed),
    notes: [...alike, ...partial, ...doubtsOf(read)],
  };
}

interface ReadRun {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly manifest: RunManifest | undefined;
  readonly cautions: readonly string[];
  /** What runs on the same images share. */
  readonly data: string;
}

/** Groups of methods whose maps are the same in every run. */
function sameInAll(methods: readonly string[], runs: readonly ReadRun[]): readonly (readonly string[])[] {
  const sameIn = ({ manifest }: ReadRun, method: string) =>
    manifest?.methods.find((one) => one.method === method)?.sameAs ?? [];
  return methods.map((method) => [
    method,
    ...methods.filter((other) => runs.every((run) => sameIn(run, method).includes(other))),
  ]);
}

/** What may be the same patients, or other questions, in runs of other data. */
function doubtsOf(runs: readonly ReadRun[]): string[] {
  const told: string[] = [];
  const [first, ...others] = runs;
  const patients = ({ rows }: ReadRun) => new Set(rows.map(({ patient }) => patient));
  for (const run of others) {
    const names = patients(first!);
    const shared = [...patients(run)].filter((patient) => names.has(patient)).length;
    if (shared > 0 && run.data !== first!.data)
      told.push(
        `${shared} patients of ${run.name} have names that ${first!.name}, of another prepared set, has too: they count twice, and where they are the same people, the tests are too sure`,
      );
    const [a, b] = [first!, run].map(({ manifest }) => manifest?.classes?.join(', '));
    if (a !== undefined && b !== undefined && a !== b)
      told.push(`${run.name} explains other classes (${b}) than ${first!.name} (${a})`);
  }
  return told;
}

async function readScores(run: string): Promise<ReadRun> {
  const needed = ['sample', 'patient', 'method', 'metric', 'value'];
  const { rows } = await readTable(join(run, 'scores.csv'), needed, "a run's scores");
  if (rows.length === 0) throw inputError(`${join(run, 'scores.csv')}: holds no scores`);
  // A patient of several runs on the same images is one subject, whose scores are averaged.
  const manifest = await readManifest(run);
  const data = manifest?.data.contentHash ?? run;
  const read = rows.map(({ patient, method, metric, value }) => ({
    patient: patient!,
    subject: `${data}\n${patient}`,
    method: method!,
    metric: metric!,
    value: value === '' ? Number.NaN : Number(value),
  }));
  return { name: basename(run), rows: read, manifest, cautions: await cautionsOf(run), data };
}

const summarySchema = z.looseObject({ cautions: z.optional(z.array(z.string())) });

/** The cautions that a run's summary holds; older runs have none. */
async function cautionsOf(run: string): Promise<readonly string[]> {
  const path = join(run, 'summary.json');
  const text = await readTextIfThere(path);
  return text === undefined ? [] : (parseJson(text, summarySchema, path).cautions ?? []);
}

async function directionOf(run: string, metric: string): Promise<'higher' | 'lower' | 'none'> {
  const path = join(run, 'summary.csv');
  const { rows } = await readTable(path, ['metric', 'direction'], "a run's summary");
  const direction = rows.find((row) => row.metric === metric)?.direction;
  if (direction === 'higher' || direction === 'lower' || direction === 'none') return direction;
  throw inputError(
    `${path}: the direction of metric ${metric} is '${direction ?? ''}'; expected higher, lower or none`,
  );
}

/** Scores of which the greatest is best. */
const signed = (scores: readonly (readonly number[])[], direction: 'higher' | 'lower') =>
  direction === 'higher' ? scores : scores.map((row) => row.map((value) => -value));

/** The worst score of all in place of undefined ones. */
function worstFor(table: readonly (readonly number[])[], direction: 'higher' | 'lower'): number[][] {
  const defined = table.flat().filter((value) => !Number.isNaN(value));
  if (defined.length === 0) return [];
  const worst = defined.reduce((a, b) => (direction === 'higher' ? Math.min(a, b) : Math.max(a, b)));
  return table.map((row) => row.map((value) => (Number.isNaN(value) ? worst : value)));
}

function ranked(
  methods: readonly string[],
  scores: readonly (readonly number[])[],
  meanRanks: readonly number[],
  direction: 'higher' | 'lower',
  seed: number,
): Ranked[] {
  const better = signed(scores, direction);
  const column = (j: number) => better.map((row) => row[j]!);
  const order = methods.map((_, j) => j).sort((a, b) => meanRanks[a]! - meanRanks[b]!);
  const best = order[0]!;
  const tests = order.slice(1).map((j) => {
    const differences = roundedDifferences(column(best), column(j));
    return wilcoxon(
      differences,
      differences.map(() => 0),
    );
  });
  const adjusted = holm(tests.map(({ p }) => p));
  const intervals = rankIntervals(better, seed);
  return order.map((j, at) => ({
    method: methods[j]!,
    mean: mean(scores.map((row) => row[j]!)),
    rank: meanRanks[j]!,
    ...intervals[j]!,
    p: at === 0 ? 1 : adjusted[at - 1]!,
    effect: at === 0 ? 0 : tests[at - 1]!.rankBiserial,
    needed: at === 0 ? null : subjectsNeeded(column(best).map((value, i) => value - column(j)[i]!)),
  }));
}

/** The 95 % interval of each method's place among all when subjects are resampled (2000 times), of enough. */
function rankIntervals(better: readonly (readonly number[])[], seed: number) {
  const random = seededRandom(`ranks/${seed}`);
  const ranks = better.map(descendingRanks);
  const count = ranks[0]!.length;
  if (!areEnough(ranks.length))
    return Array.from({ length: count }, () => ({ low: Number.NaN, high: Number.NaN }));
  const places = Array.from({ length: count }, () => new Float64Array(2000));
  for (let r = 0; r < 2000; r++) {
    const sums = new Float64Array(count);
    for (let i = 0; i < ranks.length; i++) {
      const drawn = ranks[random.below(ranks.length)]!;
      for (let j = 0; j < count; j++) sums[j]! += drawn[j]!;
    }
    for (const [j, place] of descendingRanks([...sums].map((sum) => -sum)).entries()) places[j]![r] = place;
  }
  return places.map((own) => ({ low: quantile(own, 0.025), high: quantile(own, 0.975) }));
}
