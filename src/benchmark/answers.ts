import type { Task } from '../data/sample.js';
import type { Classifier } from '../model/classifier.js';
import { probabilities } from '../model/probability.js';
import { argmax, qualityOf } from '../model/training/quality.js';
import { type Errors, errorsOf } from '../model/training/regression.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import { testQuality } from './test-quality.js';

/** What a model says of an image. */
export interface Prediction {
  /**
   * The likeliest class, or every class above one half where several may hold, joined by `; `; of a
   * regression the number.
   */
  readonly prediction: string;
  /** Probability of the explained class; `null` where the outputs have none. */
  readonly probability: number | null;
}

/** The test quality of a model; of a regression all but `errors` are `NaN` (`null` in JSON). */
export interface TestMeasures {
  readonly accuracy: number;
  /** 95 % interval of the accuracy. */
  readonly accuracyLow: number;
  readonly accuracyHigh: number;
  /** Share that the commonest answer alone gets right. */
  readonly majority: number;
  readonly balancedAccuracy: number;
  /** Whether the balanced accuracy leaves out labels that no test image has; absent where it does not. */
  readonly partly?: true;
  /** `NaN` (`null` in JSON) when a class does not occur among the test images. */
  readonly auroc: number;
  readonly aurocLow: number;
  readonly aurocHigh: number;
  /** The number of classes that are ranked, each against the rest, where the AUROC is their mean. */
  readonly ranked?: number;
  /** Classes that the mean AUROC leaves out: no test image, or every one, shows them; absent where none. */
  readonly unranked?: readonly string[];
  /** Why the classifier is taken to be at chance; absent where it is not. */
  readonly chance?: string;
  readonly errors?: TestErrors;
}

/** The errors of a regression's predictions, and the mean absolute error of always giving the mean. */
export interface TestErrors extends Errors {
  readonly usual: number;
}

/** What no regression, and no network that finds lesions, has. */
export const unmeasured = {
  ...{ majority: Number.NaN, balancedAccuracy: Number.NaN },
  ...{ auroc: Number.NaN, aurocLow: Number.NaN, aurocHigh: Number.NaN },
} as const;

/** What a model's outputs `[N, K]` for the test images say, and how good they are. */
export interface Answers {
  readonly measures: TestMeasures;
  /** Whether the class of a test image is told right. */
  isRight(row: number, target: number): boolean;
  says(row: number, target: number): Prediction;
}

export const answersOf = (model: Classifier, outputs: Tensor, task: Task): Answers =>
  task.regression ? numbersOf(outputs, task) : classesOf(model, outputs, task);

/** How good a model's outputs `[N, K]` for the test images are. */
export const measuresOf = (outputs: Tensor, task: Tested): TestMeasures =>
  task.regression ? measuresOfNumbers(outputs, task, task.regression.mean) : measuresOfClasses(outputs, task);

type Tested = Pick<Task, 'classes' | 'multiLabel' | 'test' | 'regression'>;

function measuresOfClasses(logits: Tensor, task: Tested): TestMeasures {
  const { classes, multiLabel, test } = task;
  const weights = classes.map(() => 1);
  const { accuracy, balancedAccuracy, auroc } = qualityOf(logits, test, multiLabel, weights);
  const sure = testQuality(logits, task);
  const ranked = isMeanOf(task) ? classes.length - (sure.unranked?.length ?? 0) : 1;
  return {
    accuracy,
    accuracyLow: sure.accuracy.low,
    accuracyHigh: sure.accuracy.high,
    majority: sure.majority,
    balancedAccuracy,
    ...(isPartly(task) && { partly: true }),
    auroc,
    aurocLow: sure.auroc?.low ?? Number.NaN,
    aurocHigh: sure.auroc?.high ?? Number.NaN,
    ...(ranked > 1 && { ranked }),
    ...(sure.unranked && { unranked: sure.unranked }),
    ...(sure.chance !== undefined && { chance: sure.chance }),
  };
}

/** Whether a class is shown by no test image, or, where classes do not exclude each other, by every one. */
const isPartly = ({ classes, multiLabel, test }: Tested) =>
  classes.some((_, k) => {
    const shown = test.filter(({ labels }) => labels.includes(k)).length;
    return shown === 0 || (multiLabel && shown === test.length);
  });

/** Whether the AUROC is a mean over classes: of two that exclude each other it is that of the second. */
const isMeanOf = ({ classes, multiLabel }: Tested) => classes.length > (multiLabel ? 1 : 2);

function measuresOfNumbers(outputs: Tensor, { test }: Pick<Task, 'test'>, mean: number): TestMeasures {
  const errors = errorsOf(outputs, test);
  const { mae: usual } = errorsOf({ ...outputs, data: outputs.data.map(() => mean) }, test);
  const chance =
    errors.r2 > 0
      ? {}
      : { chance: `it predicts them no better than their mean does (R2 ${errors.r2.toFixed(3)})` };
  return {
    ...{ accuracy: Number.NaN, accuracyLow: Number.NaN, accuracyHigh: Number.NaN, ...unmeasured },
    ...chance,
    errors: { ...errors, usual },
  };
}

function classesOf(model: Classifier, logits: Tensor, task: Task): Answers {
  const { classes, multiLabel } = task;
  const scoresOf = (row: number) => [...rows(logits, row, row + 1).data];
  const shares = model.head.link === 'none' ? undefined : probabilities(model, logits);
  return {
    measures: measuresOf(logits, task),
    isRight(row, target) {
      const scores = scoresOf(row);
      return multiLabel ? scores[target]! > 0 : scores.every((score) => score <= scores[target]!);
    },
    says(row, target) {
      const scores = scoresOf(row);
      const said = multiLabel ? classes.filter((_, k) => scores[k]! > 0) : [classes[argmax(scores)]!];
      return {
        prediction: said.join('; '),
        probability: shares?.data[row * classes.length + target] ?? null,
      };
    },
  };
}

/** The answers of a regression, of which none is right or wrong: all images may be explained. */
const numbersOf = (outputs: Tensor, task: Task): Answers => ({
  measures: measuresOf(outputs, task),
  isRight: () => true,
  says: (row) => ({ prediction: outputs.data[row]!.toPrecision(4), probability: null }),
});
