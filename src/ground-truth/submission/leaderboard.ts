import { inputError } from '../../base/errors.js';
import { intervalOf } from '../summary.js';
import type { Verified, VerifiedScore } from './verify.js';

/** An entry of a leaderboard. */
export interface Entry {
  readonly place: number;
  readonly method: string;
  readonly version: string;
  readonly paper: string;
  readonly file: string;
  readonly sha256: string;
  /** Mean over the problems, of the mean over the models of each. */
  readonly mean: number;
  readonly problems: Readonly<Record<string, number>>;
  /** Images without a defined score. They count as 0: leaving images out is no way to the top. */
  readonly undefined: number;
  /** How many scores the entry states, and whether they are those of the maps. */
  readonly stated: number;
  readonly equal: boolean;
}

/** Methods that explained the same images of the same models, best first. */
export interface Leaderboard {
  readonly suite: string;
  readonly metric: string;
  /** The hash of the tasks that all entries share. */
  readonly tasksSha256: string;
  readonly entries: readonly Entry[];
}

/**
 * Ranks verified submissions by a metric, higher being better, by the scores that were computed from their
 * maps. Throws where two are of different tasks, or where none has such a score.
 */
export function leaderboardOf(all: readonly Verified[], metric: string): Leaderboard {
  const first = all[0]!;
  const other = all.find(
    ({ suite, tasksSha256 }) => suite !== first.suite || tasksSha256 !== first.tasksSha256,
  );
  if (other !== undefined)
    throw inputError(
      `${other.file} explains other images or models than ${first.file}: they can't be ranked together`,
    );
  const metrics = [...new Set(first.scores.map((score) => score.metric))];
  if (!metrics.includes(metric))
    throw inputError(`metric '${metric}' is not computed from maps; there are ${metrics.join(', ')}`);
  const entries = all.map(({ method: { name, version, paper }, file, sha256, scores, equal }) => {
    const own = scores.filter((score) => score.metric === metric);
    const names = [...new Set(own.map(({ problem }) => problem))];
    const of = (problem: string) =>
      intervalOf(own.filter((score) => score.problem === problem).map(overAll)).mean;
    const problems = Object.fromEntries(names.map((problem) => [problem, of(problem)]));
    const missing = own.reduce((sum, score) => sum + score.undefined, 0);
    const mean = intervalOf(Object.values(problems)).mean;
    const stated = scores.filter((score) => score.stated !== undefined).length;
    return { method: name, version, paper, file, sha256, mean, problems, undefined: missing, stated, equal };
  });
  const ordered = entries.sort((a, b) => b.mean - a.mean || (a.sha256 < b.sha256 ? -1 : 1));
  const place = (mean: number) => 1 + ordered.filter((one) => one.mean > mean).length;
  return {
    ...{ suite: first.suite, metric, tasksSha256: first.tasksSha256 },
    entries: ordered.map((entry) => ({ place: place(entry.mean), ...entry })),
  };
}

const claimOf = ({ stated, equal }: Entry) => (stated === 0 ? 'none' : equal ? 'equal' : 'differ');

/** The mean of a task's scores, where images without one have 0. */
const overAll = ({ mean, images, undefined: missing }: VerifiedScore) =>
  missing === images ? 0 : (mean * (images - missing)) / images;

/** A leaderboard as a Markdown table. */
export function leaderboardMarkdown({ suite, metric, tasksSha256, entries }: Leaderboard): string {
  const problems = Object.keys(entries[0]?.problems ?? {});
  const heads = ['place', 'method', 'version', 'mean', ...problems, 'undefined', 'stated scores', 'SHA-256'];
  const rows = entries.map((entry) => [
    ...[String(entry.place), plain(entry.method), plain(entry.version), entry.mean.toFixed(3)],
    ...problems.map((name) => entry.problems[name]!.toFixed(3)),
    ...[String(entry.undefined), claimOf(entry), entry.sha256.slice(0, 16)],
  ]);
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    `# ${plain(suite)}: ${plain(metric)}`,
    '',
    `Computed from the submitted maps, images without a defined score as 0; tasks ${tasksSha256.slice(0, 16)}.`,
    '',
    ...lines,
    '',
  ].join('\n');
}

/** A text from a file as one Markdown cell: no markup, no line breaks, no control characters. */
const plain = (text: string): string =>
  text.replaceAll(/[\s\p{Cc}]+/gu, ' ').replaceAll(/[\\`*_{}[\]<>()#!|&]/g, (character) => `\\${character}`);
