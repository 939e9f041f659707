import { seededRandom } from '../../base/random.js';
import type { Link } from '../../model/head.js';
import { extent } from '../../tensor/quantile.js';
import { descendingOrder } from '../../tensor/rank.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';
import { type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { informationOf } from './entropy.js';
import { type Fill, outputsOf } from './evaluate.js';
import { copyPixels, missingOf, pixelsOf } from './pixels.js';
import { quantityOf } from './quantity.js';
import { area, comparisonOf, type Replacement, replacementOptions } from './removal.js';

/** Declarations shared by the performance information curves. */
export const information = {
  ...faithfulness,
  options: { sign: signOption('signed'), ...replacementOptions('blur', 'probability') },
  direction: 'higher',
  range: [0, 1],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale', 'shift', 'monotone'],
} as const;

/** Shares of the pixels that are sharp. */
const SHARP = [0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.13, 0.21, 0.34, 0.5, 0.75, 1];

/** What the model makes of the images of a curve, from the baseline to the whole image. */
export interface Made {
  /** The target's quantity. */
  readonly quantity: readonly number[];
  /** Whether the target is the predicted class. */
  readonly predicted: () => readonly boolean[];
}

/**
 * The area under a performance information curve: pixels of the image are shown on the baseline, the map's
 * greatest first. On the x axis is the image's information, from that of the baseline (0) to that of the
 * whole image (1); on the y axis the performance, 0 to 1. Neither falls.
 */
export async function informationScore(
  scored: Scored,
  { baseline, sigma, quantity }: Replacement,
  performanceOf: (made: Made) => readonly number[] | string,
): Promise<Score> {
  const pixels = pixelsOf(scored);
  const missing = missingOf(scored, baseline, sigma);
  const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
  const sizes: number[] = [];
  const range = extent(pixels.values);
  const levels = levelsOf(pixels.values, range);
  const information = informationOf(levelsOf(missing, range), pixels.height, pixels.width);
  let shown = 0;
  const fill: Fill = (step, into, last) => {
    into.set(step === 0 ? missing : last);
    const end = Math.round(SHARP[step]! * order.length);
    const next = order.subarray(shown, end);
    copyPixels(pixels, next, pixels.values, into);
    for (let i = 0; i < next.length; i++) information.change(next[i]!, levels);
    shown = end;
    sizes.push(information.bits());
  };
  const outputs = await outputsOf(scored, pixels.shape, SHARP.length, fill);
  const link = scored.model?.head.link;
  const found = outputs.flatMap((part) => quantityOf(part, scored.target!, quantity, link));
  const about = comparisonOf({ input: found.at(-1)!, baseline: found[0]! }, quantity, scored.model);
  const gained = sizes.at(-1)! - sizes[0]!;
  if (!(gained > 0))
    return { ...undefinedScore('the baseline holds as much information as the image'), ...about };
  const predicted = () => outputs.flatMap((part) => predictedIn(part, scored.target!, link));
  const y = performanceOf({ quantity: found, predicted });
  if (typeof y === 'string') return { ...undefinedScore(y), ...about };
  const x = sizes.map((size) => (size - sizes[0]!) / gained);
  const curve = { x: climbing(x), y: climbing(y) };
  return { value: area(curve), curve, ...about };
}

/** Values kept within 0 and 1 that never fall. */
function climbing(values: readonly number[]): number[] {
  let most = 0;
  return values.map((value) => {
    most = Math.max(most, Math.min(1, value));
    return most;
  });
}

/** The grey levels of values: 0 at the low end of a range, 255 at its high end. */
function levelsOf(values: Float32Array, { low, high }: { readonly low: number; readonly high: number }) {
  const levels = new Uint8Array(values.length);
  const scale = 255 / (high - low || 1);
  for (let i = 0; i < values.length; i++) levels[i] = Math.floor(scale * (values[i]! - low) + 0.5);
  return levels;
}

/**
 * Whether the target is predicted, in each row of raw outputs: the greatest of classes that exclude each
 * other, of independent labels one that is likelier than not. Probabilities that a model states itself
 * exclude each other where they sum to one.
 */
function predictedIn(outputs: Tensor<Floats>, target: number, link: Link = 'softmax'): boolean[] {
  const { data, shape } = outputs;
  const classes = shape[1]!;
  const rows = Array.from({ length: shape[0]! }, (_, n) => data.subarray(n * classes, (n + 1) * classes));
  const sumsToOne = (row: Floats) => {
    let sum = 0;
    for (const value of row) sum += link === 'exp' ? Math.exp(value) : value;
    return Math.abs(sum - 1) < 1e-3;
  };
  const stated = link === 'identity' || link === 'exp';
  if (classes > 1 && (link === 'softmax' || (stated && rows.every(sumsToOne))))
    return rows.map((row) => row.every((value, k) => k === target || value < row[target]!));
  const own = link === 'softmax' ? 'sigmoid' : link;
  return quantityOf(outputs, target, 'probability', own).map((probability) => probability > 0.5);
}
