import { inputError } from '../base/errors.js';
import { counted } from '../base/names.js';
import { permutation, seededRandom } from '../base/random.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { ofFinding } from '../data/finding.js';
import type { Sample, Task } from '../data/sample.js';
import type { Other } from '../evaluation/metric/metric.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import { evenly } from '../model/input/look.js';
import { predict } from '../model/predict.js';
import { otherNames, takenFor } from '../model/questions/task-classes.js';
import { concatenate, rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import { answersOf, type Prediction, type TestMeasures } from './answers.js';

/** The explained cases: annotated test images and, for each, the class of its annotation. */
export interface Cases {
  readonly samples: readonly Sample[];
  readonly targets: readonly number[];
  /** What the model says of each. */
  readonly predictions: readonly Prediction[];
  /** The target in words, where one was given, and the model that each case's number is an output of. */
  readonly asked?: { readonly target: string; readonly models: readonly Classifier[] };
  /** Training inputs, normalised, for methods that need background samples. */
  readonly background: Tensor;
  /** More training inputs, normalised, for methods that estimate patterns from data. */
  readonly data: Tensor;
  /** The mean of normalised training inputs, `[1, ...]`: the baseline of methods that take one. */
  readonly meanInput: Tensor;
  /** What `meanInput` is the mean of, in words. */
  readonly meanInWords: string;
  /** Training images with their classes, for metrics that compare with other patients. */
  readonly others?: readonly Other[];
  /**
   * The mean of training images' annotations at the input's size, `[1, 1, H, W]`, or `[K, 1, H, W]` of each
   * class where classes do not exclude each other; if there are any.
   */
  readonly meanMask?: Tensor;
}

/** Which annotated test images are explained: those that are classified right, wrong, or all. */
export const caseChoices = ['correct', 'wrong', 'all'] as const;
export type CaseChoice = (typeof caseChoices)[number];

/** The model's test quality, and how many test images are explained. */
export interface Chosen extends TestMeasures {
  readonly test: number;
  /** The numbers of annotated test images, of those correctly classified, and of those explained. */
  readonly annotated: number;
  readonly right: number;
  readonly explained: number;
  /** Of the explained ones, those with several annotated findings, of which one was drawn. */
  readonly several?: number;
  /** Which of the annotated ones may be explained. */
  readonly cases: CaseChoice;
  /** Of a segmentation or detection network, whose `accuracy` is the share of lesions that it finds. */
  readonly found?: Found;
}

/** How well a network finds annotated lesions. */
export interface Found {
  /** When a lesion counts as found, in words. */
  readonly means: string;
  /** Means over the annotated test images; of segmentation networks. */
  readonly dice?: number;
  readonly iou?: number;
  /** The number of all other test images, and of those in which a pixel is predicted nevertheless. */
  readonly without?: { readonly images: number; readonly predicted: number };
}

const BACKGROUND = 8;
/** Most training images that patterns are estimated from, and the most values of all of them. */
const [DATA, DATA_VALUES] = [512, 2 ** 24];
/** Most training images in a mean, spread evenly over all. */
export const IN_MEAN = 256;
/** The number of images in memory at once. */
export const AT_ONCE = 32;

/**
 * Evaluates the model on the test images and draws at most `most` annotated ones, by default of those
 * classified correctly: the map of a wrong prediction says little about the method. The target is the class
 * of the annotation, whatever is predicted, or the class `only`; of a regression its only output, and no
 * image is wrong. Of an image with several annotated findings one is drawn, whose annotation alone counts.
 * Throws an input error when no image is left.
 */
export async function chooseCases(
  task: Task,
  model: Classifier,
  { explain: most, cases, seed }: CaseOptions,
  run: RunContext,
  only?: number,
): Promise<{ cases: Cases; chosen: Chosen }> {
  checkAnnotated(task);
  const logits = await predictAll(model, task, run);
  const { measures, isRight, says } = answersOf(model, logits, task);
  const annotated = task.test.flatMap((sample, row) => {
    const shown = sample.labels
      .filter((target) => only === undefined || target === only)
      .map((target) => ({ sample: ofFinding(sample, target), target, row }))
      .filter((one) => isMarked(one.sample));
    return drawnFrom(shown, 1, `${seed}/${sample.id}`).map((one) => ({ ...one, several: shown.length > 1 }));
  });
  const right = annotated.filter(({ row, target }) => isRight(row, target));
  const asked =
    cases === 'all'
      ? annotated
      : cases === 'correct'
        ? right
        : annotated.filter(({ row, target }) => !isRight(row, target));
  if (asked.length === 0) {
    throw inputError(
      `the model classifies none of ${annotated.length} annotated test images ${cases === 'wrong' ? 'wrongly' : 'correctly'}: there is nothing to explain${cases === 'wrong' ? '' : orderText(model, task)}`,
    );
  }
  const picked = drawnFrom(asked, most, seed);
  const several = picked.filter((one) => one.several).length;
  return {
    cases: {
      samples: picked.map(({ sample }) => sample),
      targets: picked.map(({ target }) => target),
      predictions: picked.map(({ row, target }) => says(row, target)),
      ...backgroundOf(task, model),
      ...othersOf(task, model),
      ...meanMaskOf(task, only),
    },
    chosen: {
      ...measures,
      test: task.test.length,
      annotated: annotated.length,
      right: right.length,
      explained: picked.length,
      ...(several > 0 && { several }),
      cases,
    },
  };
}

/** Which output is taken for which class: another order is a common reason that all answers are wrong. */
function orderText(model: Classifier, task: Task): string {
  if (task.regression) return '';
  const names = otherNames(model, task);
  const taken = names
    ? `the file names its outputs ${names.join(', ')}, which are taken for ${task.classes.join(', ')}`
    : takenFor(model, task);
  const read = taken ?? `of the classes ${model.classes.join(', ')}, the output is ${model.head.says}`;
  return `; ${read}: an output of another order, or of the opposite, is a common reason`;
}

/** Why outputs do not fit the classes, and what to do. */
function misfit({ head }: Classifier, outputs: number, { name, classes, regression }: Task): string {
  const found = `the model has ${counted(outputs, 'output')}`;
  if (regression) return `${found}; task ${name} is to predict one number: ${classes.join(', ')}`;
  const kinds = `${classes.length} ${classes.length === 1 ? 'class' : 'classes'}: ${classes.join(', ')}`;
  if (head.link !== 'none') return `${found}; task ${name} has ${kinds}`;
  const remedy =
    outputs === 1 && classes.length === 2
      ? `where it is a score of '${classes[1]}', option head sigmoid reads it so`
      : `where ${outputs === 1 ? 'it is a score' : 'they are scores'}, the model needs one for each class`;
  return `${found} without classes, as of a regression (${head.says}); task ${name} has ${kinds}; ${remedy}; numbers are predicted in a task of numbers, such as stated-value`;
}

/** Throws where a task has no test image that maps could be scored on. */
export function checkAnnotated({ name, test }: Pick<Task, 'name' | 'test'>): void {
  if (test.length === 0) throw inputError(`task ${name} has no test images to explain`);
  if (test.some(isMarked)) return;
  throw inputError(
    `task ${name} has no annotated test images to explain: maps are scored against boxes or masks, and none of its ${test.length} test images has any (images in class-folders have none)`,
  );
}

/** What methods are given of the training images. */
export type Background = Pick<Cases, 'background' | 'data' | 'meanInput' | 'meanInWords' | 'meanMask'>;

export interface CaseOptions {
  readonly explain: number;
  readonly cases: CaseChoice;
  readonly seed: number;
}

/** At most so many of the items, drawn at random, in their order. */
export function drawnFrom<T>(items: readonly T[], most: number, seed: number | string): T[] {
  const order = permutation(seededRandom(`cases/${seed}`), items.length);
  return [...order.slice(0, most)].sort((a, b) => a - b).map((i) => items[i]!);
}

/** What is explained of a case, in words. */
export const explainedIn = (
  { asked, targets }: Pick<Cases, 'asked' | 'targets'>,
  classes: readonly string[],
  index: number,
): string => asked?.target ?? classes[targets[index]!]!;

/** Other images of the task, all of training. */
const othersOf = ({ train }: Pick<Task, 'train'>, model: Classifier): Pick<Cases, 'others'> => ({
  others: evenly(train, BACKGROUND).flatMap(({ image, labels }) =>
    labels.length === 0 ? [] : [{ input: modelInput(model, image), target: labels.at(-1)! }],
  ),
});

/**
 * The mean of the annotations of training images, of as many as the mean input; of each class where classes
 * do not exclude each other.
 */
export function meanMaskOf(
  { train, classes, multiLabel }: Pick<Task, 'train' | 'classes' | 'multiLabel'>,
  only?: number,
): Pick<Cases, 'meanMask'> {
  const chosen = evenly(train, IN_MEAN).filter(({ mask }) => mask);
  const shape = chosen[0]?.mask?.shape;
  if (shape === undefined) return {};
  const targets = only !== undefined ? [only] : multiLabel ? [...classes.keys()] : [undefined];
  const size = sizeOf(shape);
  const data = new Float32Array(targets.length * size);
  for (const sample of chosen)
    for (const [k, target] of targets.entries()) {
      const own = target === undefined ? sample : ofFinding(sample, target);
      const pixels = own.mask?.data ?? [];
      for (let p = 0; p < pixels.length; p++) data[k * size + p]! += pixels[p]! / chosen.length;
    }
  return { meanMask: { data, shape: [targets.length, 1, ...shape] } };
}

/** What methods compare images with: some training inputs, and the mean of many. */
export const backgroundOf = ({ train }: Task, model: Classifier): Background => ({
  background: batchOf(model, evenly(train, BACKGROUND)),
  data: batchOf(model, evenly(train, Math.min(DATA, Math.floor(DATA_VALUES / sizeOf(model.input.shape))))),
  meanInput: meanInputOf(model, evenly(train, IN_MEAN)),
  meanInWords: meanInWords(train.length),
});

/** The mean of so many training images in words, which says where it is that of a part of them. */
export const meanInWords = (images: number): string =>
  `mean of ${images > IN_MEAN ? `${IN_MEAN} of the ${images}` : 'the'} training images`;

/** Converts samples to one input batch of the model. */
export const batchOf = (model: Classifier, samples: readonly Sample[]): Tensor =>
  concatenate(samples.map(({ image }) => modelInput(model, image)));

function meanInputOf(model: Classifier, samples: readonly Sample[]): Tensor {
  const total = new Float64Array(sizeOf(model.input.shape));
  for (const { image } of samples) {
    const { data } = modelInput(model, image);
    for (let i = 0; i < total.length; i++) total[i]! += data[i]!;
  }
  return { data: Float32Array.from(total, (sum) => sum / samples.length), shape: [1, ...model.input.shape] };
}

/** Splits a list into consecutive parts of at most `size` items, each with its start index. */
export const partsOf = <T>(items: readonly T[], size: number): { from: number; part: readonly T[] }[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => ({
    from: i * size,
    part: items.slice(i * size, (i + 1) * size),
  }));

/** A model's raw outputs `[N, K]` for the test images. Throws unless they fit the task's classes. */
export async function predictAll(model: Classifier, task: Task, run: RunContext) {
  const { classes, test } = task;
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
    throw inputError(misfit(model, logits.shape[1]!, task));
  }
  const broken = test.filter((_, row) => rows(logits, row, row + 1).data.some(Number.isNaN));
  if (broken.length > 0) {
    throw inputError(
      `the model's output is NaN for ${broken.length} of ${test.length} test images, such as ${broken[0]!.id}: nothing can be said of them`,
    );
  }
  return logits;
}

const isMarked = ({ mask }: Sample) => mask?.data.includes(1) ?? false;
