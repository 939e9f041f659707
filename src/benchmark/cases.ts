import { inputError } from '../base/errors.js';
import { permutation, seededRandom } from '../base/random.js';
import type { RunContext } from '../base/run.js';
import type { Sample, Task } from '../data/sample.js';
import type { Classifier } from '../model/classifier.js';
import { predict } from '../model/predict.js';
import { qualityOf } from '../model/training/quality.js';
import { rows } from '../tensor/tensor.js';
import { batchOf, type Cases } from './explain.js';

/** How well the model does on the test images, and which of them are explained. */
export interface Chosen {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly auroc: number;
  readonly test: number;
  /** Annotated test images, those among them that the model gets right, and those that are explained. */
  readonly annotated: number;
  readonly right: number;
  readonly explained: number;
}

const BACKGROUND = 8;

/**
 * Tests the model and chooses at most `most` annotated test images that it gets right: a heatmap for a wrong answer
 * says nothing about the method that made it. Each is explained for the class that its annotation shows.
 */
export async function chooseCases(
  task: Task,
  model: Classifier,
  most: number,
  seed: number,
  run: RunContext,
): Promise<{ cases: Cases; chosen: Chosen }> {
  const logits = await predict(model, batchOf(model, task.test), run);
  const classes = task.classes.length;
  const { accuracy, balancedAccuracy, auroc } = qualityOf(
    logits,
    task.test,
    task.multiLabel,
    Array(classes).fill(1),
  );
  const annotated = task.test.flatMap((sample, row) => {
    const target = sample.labels.at(-1);
    return sample.mask !== undefined && target !== undefined ? [{ sample, target, row }] : [];
  });
  const right = annotated.filter(({ target, row }) => {
    const scores = rows(logits, row, row + 1).data;
    return task.multiLabel ? scores[target]! > 0 : scores.every((score) => score <= scores[target]!);
  });
  if (right.length === 0) {
    throw inputError(
      `of ${annotated.length} annotated test images the model gets none right: there is nothing to explain`,
    );
  }
  const order = permutation(seededRandom(`cases/${seed}`), right.length);
  const picked = [...order]
    .slice(0, most)
    .sort((a, b) => a - b)
    .map((i) => right[i]!);
  const samples = picked.map(({ sample }) => kept(sample));
  const background = evenly(task.train, BACKGROUND);
  return {
    cases: {
      samples,
      targets: picked.map(({ target }) => target),
      input: batchOf(model, samples),
      background: batchOf(model, background),
    },
    chosen: {
      accuracy,
      balancedAccuracy,
      auroc,
      test: task.test.length,
      annotated: annotated.length,
      right: right.length,
      explained: samples.length,
    },
  };
}

/** A sample with its image and mask in memory. */
const kept = (sample: Sample): Sample => ({ ...sample, image: sample.image, mask: sample.mask });

const evenly = <T>(items: readonly T[], count: number): T[] =>
  Array.from(
    { length: Math.min(count, items.length) },
    (_, i) => items[Math.floor((i * items.length) / Math.min(count, items.length))]!,
  );
