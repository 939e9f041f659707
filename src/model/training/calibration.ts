import type { Sample } from '../../data/sample.js';
import type { Tensor } from '../../tensor/tensor.js';

/** How well the probabilities of validation images agree with how often they are right. */
export interface Calibration {
  /** What divides the logits so that their probabilities fit best (Guo et al. 2017, arXiv:1706.04599). */
  readonly temperature: number;
  /** The temperatures that are tried, where the best of them is the first or last: the fit has no minimum. */
  readonly range?: readonly [number, number];
  /** The expected calibration error of the validation images. */
  readonly before: number;
  /** The same with the temperature. */
  readonly after: number;
}

/** The answers whose confidence lies in one interval. */
export interface Bin {
  /** The interval, which holds its upper end; the first also holds 0. */
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** Mean confidence of the answers, and the share that is right; `NaN` without any. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** The bins of a reliability diagram, and the mean gap between confidence and accuracy, by answers. */
export interface Reliability {
  /** From the lowest confidence to the highest. */
  readonly bins: readonly Bin[];
  /** The expected calibration error (Naeini et al. 2015). */
  readonly error: number;
}

type Labelled = readonly Pick<Sample, 'labels'>[];

/** The calibration of logits `[N, K]`. */
export function calibrationOf(logits: Tensor, samples: Labelled, multiLabel: boolean): Calibration {
  const temperature = temperatureOf(logits, samples, multiLabel);
  const error = (by: number) => reliabilityOf(logits, samples, multiLabel, by).error;
  const isAtEnd = temperatures.some((end) => Math.abs(Math.log(temperature / end)) < 1e-6);
  return {
    temperature,
    ...(isAtEnd && { range: temperatures }),
    before: error(1),
    after: error(temperature),
  };
}

/** Between the least and the greatest temperature; where all is told right, the least is taken. */
const temperatures = [0.05, 20] as const;

/**
 * The temperature T that makes the cross-entropy of softmax(z / T), or of sigmoid(z / T) with several labels,
 * least. In 1 / T it is convex, so that bisection finds where its derivative is zero.
 */
export function temperatureOf(logits: Tensor, samples: Labelled, multiLabel: boolean): number {
  let [low, high] = temperatures.map(Math.log) as [number, number];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    const slope = samples.reduce((sum, { labels }, n) => {
      const z = rowOf(logits, n);
      const p = probabilitiesOf(z, multiLabel, Math.exp(middle));
      return sum + z.reduce((all, v, k) => all + v * (p[k]! - Number(labels.includes(k))), 0);
    }, 0);
    // A positive slope in 1 / T: the logits are too large, so T has to grow.
    if (slope > 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/**
 * The reliability of the most probable classes at a temperature, or of all pairs of a sample and a class
 * with several labels, in intervals of equal width.
 */
export function reliabilityOf(
  logits: Tensor,
  samples: Labelled,
  multiLabel: boolean,
  temperature = 1,
  intervals = 15,
): Reliability {
  const answers = samples.flatMap(({ labels }, n) => {
    const p = probabilitiesOf(rowOf(logits, n), multiLabel, temperature);
    const all = p.map((confidence, k) => ({ confidence, right: labels.includes(k) }));
    return multiLabel ? all : [all.reduce((best, one) => (one.confidence > best.confidence ? one : best))];
  });
  const bins = Array.from({ length: intervals }, (_, i): Bin => {
    const [lower, upper] = [i / intervals, (i + 1) / intervals];
    const own = answers.filter(({ confidence }) => binOf(confidence, intervals) === i);
    const mean = (of: (answer: (typeof own)[number]) => number) =>
      own.reduce((sum, answer) => sum + of(answer), 0) / own.length;
    const accuracy = mean(({ right }) => Number(right));
    return { lower, upper, count: own.length, confidence: mean((answer) => answer.confidence), accuracy };
  });
  const filled = bins.filter(({ count }) => count > 0);
  const gap = filled.reduce((sum, bin) => sum + bin.count * Math.abs(bin.accuracy - bin.confidence), 0);
  return { bins, error: gap / answers.length };
}

const binOf = (confidence: number, intervals: number) =>
  Math.max(0, Math.min(intervals, Math.ceil(confidence * intervals)) - 1);

const rowOf = ({ data, shape }: Tensor, n: number): number[] =>
  Array.from(data.subarray(n * shape[1]!, (n + 1) * shape[1]!));

function probabilitiesOf(logits: readonly number[], multiLabel: boolean, temperature: number): number[] {
  if (multiLabel) return logits.map((z) => 1 / (1 + Math.exp(-z / temperature)));
  const top = Math.max(...logits);
  const powers = logits.map((z) => Math.exp((z - top) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
