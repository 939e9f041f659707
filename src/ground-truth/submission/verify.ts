import { inputError } from '../../base/errors.js';
import { sha256 } from '../../base/files.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Scenario } from '../suites.js';
import {
  type AboutSubmission,
  nameOfTask,
  readSubmission,
  type SubmissionScore,
  type SubmissionTask,
} from './format.js';
import { knownOf, recordsOf } from './known.js';
import { type ComputedScore, scoresOf } from './scores.js';

/** Scores are equal up to this difference. */
export const equalWithin = 1e-6;

/** A score as computed from the maps, beside the stated one. */
export interface VerifiedScore extends ComputedScore {
  /** NaN where it was stated as undefined; absent where nothing was stated. */
  readonly stated?: number;
  readonly equal: boolean;
}

/** A submission whose scores were computed again. */
export interface Verified {
  readonly file: string;
  readonly sha256: string;
  readonly suite: string;
  readonly method: AboutSubmission['method'];
  readonly tasks: readonly SubmissionTask[];
  /** The hash of the tasks: entries with the same one explained the same images of the same models. */
  readonly tasksSha256: string;
  readonly scores: readonly VerifiedScore[];
  /** Whether all stated scores are those of the maps. */
  readonly equal: boolean;
}

/** What submissions are checked against. */
export interface Checks {
  /** The problems of each suite, and those of files. */
  readonly problemsOf: (suite: string) => readonly Scenario[];
  /** The folder in which problems are drawn. */
  readonly drawn: string;
  /** The tasks of the kit that was handed out, if entries have to be for it. */
  readonly kit?: readonly SubmissionTask[];
}

/**
 * Computes a submission's scores from its maps and from the known pixels of problems that are drawn here.
 * Throws an input error where the file is malformed, its images are not those of the problem, or its tasks
 * are not those of the kit.
 */
export async function verify(
  file: string,
  { problemsOf, drawn, kit }: Checks,
  run: RunContext,
): Promise<Verified> {
  const { about, maps, sha256: hash } = await readSubmission(file);
  const { suite, method, tasks, scores: stated } = about;
  if (kit) checkKit(file, tasks, kit);
  const scenarios = problemsOf(suite);
  for (const { problem } of tasks)
    if (!scenarios.some(({ name }) => name === problem))
      throw inputError(
        `${file}: '${problem}' is no problem of suite '${suite}'; there are ${scenarios.map(({ name }) => name).join(', ')}`,
      );
  const scores: VerifiedScore[] = [];
  const step = run.progress.start('computing scores', tasks.length);
  for (const scenario of scenarios) {
    const own = tasks.filter(({ problem }) => problem === scenario.name);
    if (own.length === 0) continue;
    const records = await recordsOf(scenario, drawn, run);
    for (const task of own) {
      await checkpoint(run);
      const name = nameOfTask(task);
      const known = await knownOf(records, task.images, task.problem);
      if (known.imagesSha256 !== task.imagesSha256)
        throw inputError(`${file}: the images of ${name} are not those of the problem as drawn here`);
      const plane = maps.get(name)!;
      const [height, width] = plane.shape.slice(1);
      if (height !== known.height || width !== known.width)
        throw inputError(
          `${file}: maps ${name} are of ${height}x${width} pixels; the images have ${known.height}x${known.width}`,
        );
      for (const score of await scoresOf(task, plane, known.masks, run)) scores.push(beside(score, stated));
      step.advance(1, name);
    }
  }
  step.done();
  const foreign = stated.find((one) => !scores.some((other) => isSame(one, other)));
  if (foreign !== undefined)
    throw inputError(
      `${file}: states ${foreign.metric} of ${nameOfTask(foreign)}, which nothing here computes`,
    );
  return {
    ...{ file, sha256: hash, suite, method, tasks, scores },
    tasksSha256: sha256(JSON.stringify(sorted(tasks))),
    equal: scores.every(({ equal }) => equal),
  };
}

const isSame = (a: SubmissionScore, b: SubmissionScore) =>
  a.problem === b.problem && a.model === b.model && a.metric === b.metric;

function beside(score: ComputedScore, stated: readonly SubmissionScore[]): VerifiedScore {
  const own = stated.find((one) => isSame(one, score));
  if (own === undefined) return { ...score, equal: true };
  const same = Number.isNaN(own.mean)
    ? Number.isNaN(score.mean)
    : Math.abs(own.mean - score.mean) <= equalWithin;
  return { ...score, stated: own.mean, equal: same && own.undefined === score.undefined };
}

/** The tasks in order of their names, each with its fields in one order. */
const sorted = (tasks: readonly SubmissionTask[]) =>
  tasks
    .map(({ problem, model, modelSha256, imagesSha256, images, targets }) => ({
      ...{ problem, model, modelSha256, imagesSha256, images, targets },
    }))
    .sort((a, b) => (nameOfTask(a) < nameOfTask(b) ? -1 : 1));

function checkKit(file: string, tasks: readonly SubmissionTask[], kit: readonly SubmissionTask[]): void {
  const wanted = new Map(sorted(kit).map((task) => [nameOfTask(task), JSON.stringify(task)]));
  for (const task of sorted(tasks)) {
    const name = nameOfTask(task);
    if (wanted.get(name) !== JSON.stringify(task))
      throw inputError(
        `${file}: ${name} is not as in the kit: its model, images and targets have to be the same`,
      );
    wanted.delete(name);
  }
  const [missing] = wanted.keys();
  if (missing !== undefined) throw inputError(`${file}: lacks ${missing} of the kit`);
}
