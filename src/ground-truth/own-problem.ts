import { hashOfFile } from '../base/files.js';
import { readProblemFile } from '../synthetic/problem-file/read.js';
import type { Scenario } from './suites.js';

const usualTraining = { architecture: 'mlp', width: 64, depth: 2, epochs: 40, batch: 64, rate: 0.002 };

/** The scenario of a problem of one `.npz` file. Throws where the file is no problem. */
export async function scenarioOfFile(file: string): Promise<Scenario> {
  const { about, problem } = await readProblemFile(file);
  const { name, training = usualTraining, accuracy = 0.8, asks = `the problem of ${file}` } = about;
  const { height, width } = problem;
  const options = { file, size: `${height},${width}`, sha256: (await hashOfFile(file))! };
  return { name, dataset: 'problem-file', options, training, accuracy, asks };
}
