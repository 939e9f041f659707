import { inputError } from '../base/errors.js';
import { permutation, seededRandom } from '../base/random.js';
import { checkpoint, type RunContext } from '../base/run.js';
import type { Sample, Task } from '../data/sample.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import { evenly } from '../model/input/look.js';
import { predict } from '../model/predict.js';
import { qualityOf } from '../model/training/quality.js';
import { concatenate, rows, type Tensor } from '../tensor/tensor.js';

/** The explained cases: annotated test images and, for each, the class of its annotation. */
export interface Cases {
  readonly samples: readonly Sample[];
  readonly targets: readonly number[];
  /** Normalised training inputs, for methods that need background samples. */
  readonly background: Tensor;
}

/** The classifier's test quality, and the number of explained test images. */
export interface Chosen {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  /** `NaN` (`null` in JSON) when a class does not occur among the test images. */
  readonly auroc: number;
  readonly test: number;
  /** The numbers of annotated test images, of those correctly classified, and of those explained. */
  readonly annotated: number;
  readonly right: number;
  readonly explained: number;
}

const BACKGROUND = 8;
/** The number of images in memory at once. */
export const AT_ONCE = 32;

/**
 * Evaluates the model on the test images and draws at most `most` annotated, correctly classified ones.
 * Leaves out wrong predictions, whose maps say nothing about the method. The target is the class of the
 * annotation. Throws an input error when no image is left.
 */
export async function chooseCases(
  task: Task,
  model: Classifier,
  most: number,
  seed: number,
  run: RunContext,
): Promise<{ cases: Cases; chosen: Chosen }> {
  if (task.test.length === 0) throw inputError(`task ${task.name} has no test images to explain`);
  const logits = await predictAll(model, task, run);
  const byClass = task.classes.map(() => 1);
  const { accuracy, balancedAccuracy, auroc } = qualityOf(logits, task.test, task.multiLabel, byClass);
  const annotated = task.test.flatMap((sample, row) => {
    const target = sample.labels.at(-1);
    return isMarked(sample) && target !== undefined ? [{ sample, target, row }] : [];
  });
  const right = annotated.filter(({ target, row }) => {
    const scores = rows(logits, row, row + 1).data;
    return task.multiLabel ? scores[target]! > 0 : scores.every((score) => score <= scores[target]!);
  });
  if (right.length === 0) {
    throw inputError(
      `the model classifies none of ${annotated.length} annotated test images correctly: there is nothing to explain`,
    );
  }
  const order = permutation(seededRandom(`cases/${seed}`), right.length);
  const picked = [...order.slice(0, most)].sort((a, b) => a - b).map((i) => right[i]!);
  return {
    cases: {
      samples: picked.map(({ sample }) => sample),
      targets: picked.map(({ target }) => target),
      background: batchOf(model, evenly(task.train, BACKGROUND)),
    },
    chosen: {
      accuracy,
      balancedAccuracy,
      auroc,
      test: task.test.length,
      annotated: annotated.length,
      right: right.length,
      explained: picked.length,
    },
  };
}

/** Converts samples to one input batch of the model. */
export const batchOf = (model: Classifier, samples: readonly Sample[]): Tensor =>
  concatenate(samples.map(({ image }) => modelInput(model, image)));

/** Splits a list into consecutive parts of at most `size` items, each with its start index. */
export const partsOf = <T>(items: readonly T[], size: number): { from: number; part: readonly T[] }[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => ({
    from: i * size,
    part: items.slice(i * size, (i + 1) * size),
  }));

async function predictAll(model: Classifier, { name, classes, test }: Task, run: RunContext) {
  const outputs: Tensor[] = [];
  const step = run.progress.start('testing', test.length);
  for (const { part } of partsOf(test, AT_ONCE)) {
    await checkpoint(run);
    outputs.push(await predict(model, batchOf(model, part), run));
    step.advance(part.length);
  }
  step.done();
  const logits = concatenate(outputs);
  if (logits.shape[1] !== classes.length) {
    throw inputError(
      `the model has ${logits.shape[1]} outputs; task ${name} has ${classes.length} classes: ${classes.join(', ')}`,
    );
  }
  return logits;
}

const isMarked = ({ mask }: Sample) => mask?.data.includes(1) ?? false;
