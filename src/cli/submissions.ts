import { inputError } from '../base/errors.js';
import { text } from '../base/options.js';
import { scenarioOfFile } from '../ground-truth/own-problem.js';
import { readKit } from '../ground-truth/submission/kit.js';
import type { Checks } from '../ground-truth/submission/verify.js';
import { type Scenario, type SuiteName, suites } from '../ground-truth/suites.js';

/** Flags that say what submissions are checked against. */
export const checkFlags = {
  kit: text({ doc: "a kit's folder: entries have to be for its images and models", default: '' }),
  problem: text({ doc: 'files of problems of your own (.npz), separated by commas', default: '' }),
  drawn: text({ doc: 'the folder in which problems are drawn', default: 'data' }),
};

/** The problems of files that are named in one text, separated by commas. */
export const ownProblems = async (files: string): Promise<Scenario[]> => {
  const found: Scenario[] = [];
  for (const file of files.split(',').filter((one) => one !== '')) found.push(await scenarioOfFile(file));
  const twice = found.find(({ name }, i) => found.findIndex((one) => one.name === name) < i);
  if (twice !== undefined) throw inputError(`two files of --problem have a problem '${twice.name}'`);
  return found;
};

/** What the flags ask for. */
export async function checksOf({
  kit,
  problem,
  drawn,
}: Readonly<Record<'kit' | 'problem' | 'drawn', string>>): Promise<Checks> {
  const own = await ownProblems(problem);
  const problemsOf = (suite: string) =>
    suite === ownSuite ? own : Object.hasOwn(suites, suite) ? suites[suite as SuiteName] : [];
  return { problemsOf, drawn, ...(kit !== '' && { kit: await readKit(kit) }) };
}

/** What a run over problems of files alone is called in place of a suite's name. */
export const ownSuite = 'own';
