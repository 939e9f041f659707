import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inputError } from '../base/errors.js';
import { exists } from '../base/files.js';
import { groupBy } from '../base/groups.js';
import { readTable } from '../data/formats/table.js';
import { mean } from '../statistics/bootstrap.js';
import { kendall } from '../statistics/kendall.js';
import { descendingRanks } from '../statistics/ranks.js';

/** Methods as one folder places them. */
export interface Placed {
  readonly name: string;
  /** The runs that are behind it: one, or those of a problem's or suite's models. */
  readonly runs: number;
  /** Mean rank over problems by method, 1 being best; baselines are left out. */
  readonly ranks: ReadonlyMap<string, number>;
}

/** How far two folders place methods alike. */
export interface Alike {
  readonly a: string;
  readonly b: string;
  /** Kendall's tau-b over the methods that both have, its two-sided p-value, and their number. */
  readonly tau: number;
  readonly p: number;
  readonly methods: number;
}

/** Rankings by one metric, and the agreement of every two of them. */
export interface RankAgreement {
  readonly metric: string;
  readonly placed: readonly Placed[];
  readonly pairs: readonly Alike[];
}

/** The fewest common methods whose order says anything. */
const fewest = 4;

/**
 * Compares the order in which finished benchmarks, problems and ground-truth suites place methods by a
 * metric. A folder is a run, a problem with `model-K` folders of runs, or a suite of such problems: scores
 * are averaged over the models of a problem, ranked within it, and ranks averaged over problems, for the
 * methods that all its runs have. Throws where a folder holds no run or a run lacks the metric.
 */
export async function rankAgreement(folders: readonly string[], metric: string): Promise<RankAgreement> {
  const placed: Placed[] = [];
  const names = folders.map((folder) => basename(folder));
  for (const [i, folder] of folders.entries()) {
    const isAlone = names.indexOf(names[i]!) === names.lastIndexOf(names[i]!);
    placed.push({ name: isAlone ? names[i]! : folder, ...(await placedIn(folder, metric)) });
  }
  const pairs = placed.flatMap((a, i) => placed.slice(i + 1).map((b) => alike(a, b)));
  return { metric, placed, pairs };
}

function alike(a: Placed, b: Placed): Alike {
  const both = [...a.ranks.keys()].filter((method) => b.ranks.has(method));
  if (both.length < fewest)
    throw inputError(
      `${a.name} and ${b.name} have ${both.length} methods in common; an agreement takes ${fewest} or more`,
    );
  const of = ({ ranks }: Placed) => both.map((method) => ranks.get(method)!);
  return { a: a.name, b: b.name, ...kendall(of(a), of(b)), methods: both.length };
}

async function placedIn(folder: string, metric: string): Promise<Omit<Placed, 'name'>> {
  const problems = await problemsIn(folder);
  const scores: ReadonlyMap<string, number>[][] = [];
  for (const runs of problems) scores.push(await Promise.all(runs.map((run) => scoresOf(run, metric))));
  const all = scores.flat();
  const methods = [...all[0]!.keys()].filter((method) => all.every((own) => own.has(method)));
  const ranks = scores.map((runs) =>
    descendingRanks(methods.map((method) => mean(runs.map((own) => own.get(method)!)))),
  );
  const ofMethod = (i: number) => mean(ranks.map((own) => own[i]!));
  return {
    runs: all.length,
    ranks: new Map(methods.map((method, i) => [method, ofMethod(i)])),
  };
}

/** The runs of each problem in a folder. */
async function problemsIn(folder: string): Promise<string[][]> {
  if (await isRun(folder)) return [[folder]];
  const own = await modelsIn(folder);
  if (own.length > 0) return [own];
  const problems = (await Promise.all((await foldersIn(folder)).map(modelsIn))).filter(
    (runs) => runs.length > 0,
  );
  if (problems.length === 0)
    throw inputError(`${folder}: holds no finished run, no problem's models, and no suite of problems`);
  return problems;
}

const isRun = (folder: string) => exists(join(folder, 'summary.csv'));

async function modelsIn(folder: string): Promise<string[]> {
  const found = [];
  for (const path of await foldersIn(folder))
    if (/^model-\d+$/.test(basename(path)) && (await isRun(path))) found.push(path);
  return found;
}

const foldersIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort();
};

/** Mean scores by method of one run, higher being better; undefined ones and baselines are left out. */
async function scoresOf(run: string, metric: string): Promise<ReadonlyMap<string, number>> {
  const path = join(run, 'summary.csv');
  const { rows } = await readTable(
    path,
    ['method', 'family', 'metric', 'direction', 'mean'],
    "a run's summary",
  );
  const own = groupBy(rows, (row) => row.metric!).get(metric);
  if (own === undefined)
    throw inputError(
      `${path}: has no metric '${metric}'; it has ${[...new Set(rows.map((row) => row.metric))].join(', ')}`,
    );
  return new Map(
    own.flatMap(({ method, family, direction, mean: score }): [string, number][] =>
      family === 'baseline' || score === ''
        ? []
        : [[method!, (direction === 'lower' ? -1 : 1) * Number(score)]],
    ),
  );
}
