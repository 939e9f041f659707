import type { Sample, Task } from '../data/sample.js';
import type { Classifier } from '../model/classifier.js';
import { evenly } from '../model/input/look.js';
import { prototypesOf } from '../model/prototypes/prototype.js';
import type { Reading } from '../model/prototypes/reading.js';
import { readingOf } from '../model/prototypes/shown.js';
import { AT_ONCE, type Cases } from './cases.js';
import { prototypeScores } from './prototype-scores.js';

/** Most test images that the prototypes are scored on. */
const SCORED = 128;

/** What a network of prototypes says itself of the first cases, and what its prototypes are worth. */
export interface Reasons {
  readonly model: Classifier;
  /** Of the first cases, at most 32. */
  readonly reading: Reading;
  /** The training samples that the prototypes are patches of, as far as the task has them. */
  readonly examples: readonly Sample[];
  /** On test images. */
  readonly scores: Awaited<ReturnType<typeof prototypeScores>>;
}

/** The reasons of a network of prototypes; undefined of other models, or where a target was given. */
export async function reasonsOf(
  model: Classifier,
  { train, test }: Pick<Task, 'train' | 'test'>,
  { samples, asked }: Pick<Cases, 'samples' | 'asked'>,
  seed: number,
): Promise<Reasons | undefined> {
  const known = prototypesOf(model.graph, model.name ?? 'the model');
  if (known === undefined || asked !== undefined) return undefined;
  const images = new Set(known.prototypes.map(({ patch }) => patch?.image));
  return {
    model,
    reading: await readingOf(model, samples.slice(0, AT_ONCE)),
    examples: train.filter(({ id }) => images.has(id)),
    scores: await prototypeScores(model, evenly(test, SCORED), { seed }),
  };
}
