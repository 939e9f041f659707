import { choice, either, integer, type Option, optional } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import type { Classifier } from '../../model/classifier.js';
import { isQuantity } from '../../model/probability.js';
import { descendingOrder } from '../../tensor/rank.js';
import type { Score, Scored } from '../metric/metric.js';
import { type Fill, outputsOf } from './evaluate.js';
import { inpainter } from './inpaint.js';
import {
  type Baseline,
  baselineOption,
  copyPixels,
  missingOf,
  type Pixels,
  pixelsOf,
  sigmaOption,
} from './pixels.js';
import { type Quantity, quantityOf, quantityOption } from './quantity.js';

export const stepOptions = {
  steps: integer({ doc: 'number of equal steps', default: 64, min: 1 }),
  pixels: optional(integer({ doc: 'pixels per step; overrides steps', default: 1, min: 1 })),
};

/** What replaces missing pixels, and which quantity of the output is measured. */
export const replacementOptions = (baseline: Baseline, quantity: Quantity) => ({
  baseline: baselineOption(baseline),
  sigma: sigmaOption,
  quantity: quantityOption(quantity),
});

/** The same for curves, where a missing pixel may also be filled in from the pixels that are left. */
export const curveOptions = (baseline: Baseline, quantity: Quantity) => {
  const options = replacementOptions(baseline, quantity);
  const usual: Option<Baseline | 'inpaint'> = {
    ...either(
      {
        ...options.baseline,
        doc: `${options.baseline.doc}; inpaint fills it in from the pixels left, 0 where none is`,
      },
      choice(['inpaint'], { doc: '', default: 'inpaint' }),
    ),
    default: baseline,
  };
  return { ...options, baseline: usual };
};

export interface Replacement {
  readonly baseline: Baseline;
  readonly sigma?: number;
  readonly quantity: Quantity;
}

/** The replacement of a curve's missing pixels. */
export interface CurveReplacement extends Omit<Replacement, 'baseline'> {
  readonly baseline: Baseline | 'inpaint';
}

export interface Curve {
  /** Fraction of pixels replaced so far, starting at 0. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A curve, and what is measured of the whole image and of the baseline. */
export interface Replaced {
  readonly curve: Curve;
  readonly ends: { readonly input: number; readonly baseline: number };
  /** That a flat curve is one of a saturated probability. */
  readonly saturation?: string;
}

/** The most that a flat curve of probabilities moves, and the least that its log-odds then move. */
const [FLAT, MOVED] = [0.05, 1];

/** Whether a curve of probabilities is flat because they saturate: what is behind them moves. */
function saturationOf(curve: readonly number[], behind: readonly number[]): string | undefined {
  const rangeOf = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  const moved = rangeOf(behind);
  if (rangeOf(curve) >= FLAT || !(moved >= MOVED)) return undefined;
  return `the probability saturates: over the curve it moves by ${rangeOf(curve).toPrecision(2)} and its log-odds by ${moved.toPrecision(2)} (the option quantity=log-odds follows them)`;
}

/** The least change of a probability by the replacement of all pixels that can tell maps apart. */
const LEAST_CHANGE = 0.1;

/** The share of the image's probability from which what is left by the replacement counts as most of it. */
const MOST = 0.75;

/**
 * A score's comparison of the image with the baseline, and a note where the evidence stays, or the baseline
 * is itself something that the model takes for the target. The note also says where the probability
 * saturates. More of a quantity (regression) is no more evidence: only one that stays as it is tells nothing.
 */
export function comparisonOf(
  ends: Replaced['ends'],
  quantity: Quantity,
  model?: Pick<Classifier, 'head' | 'asked'>,
  saturation?: string,
): Required<Pick<Score, 'compared'>> & Pick<Score, 'note'> {
  const change = ends.input - ends.baseline;
  const isNumber = model !== undefined && isQuantity(model);
  const unbounded = quantity === 'logit' || quantity === 'log-odds';
  const remains = isNumber
    ? change === 0
    : unbounded
      ? change <= 0
      : change < LEAST_CHANGE || ends.baseline >= MOST * ends.input;
  const notes = saturation === undefined ? [] : [saturation];
  if (remains) {
    const [none, all] = [ends.input.toPrecision(3), ends.baseline.toPrecision(3)];
    const outside = change < 0 ? ', more than the image, as where it is out of distribution' : '';
    notes.push(
      isNumber
        ? `the replacement does not change the output: it is ${none} with no pixel replaced and with all`
        : `the replacement does not remove the evidence: the target's ${quantity} is ${none} with no pixel replaced and ${all} with all${outside}`,
    );
  }
  return { compared: { ...ends, remains }, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

/** The target's quantity while the pixels of one image are replaced step by step by those of another. */
export async function replace(
  scored: Scored,
  direction: 'delete' | 'insert',
  steps: readonly ArrayLike<number>[],
  { baseline, sigma, quantity }: CurveReplacement,
): Promise<Replaced> {
  const pixels = pixelsOf(scored);
  const counts = [0];
  for (const step of steps) counts.push(counts.at(-1)! + step.length);
  const total = scored.map.data.length;
  const rest = counts.at(-1)! < total ? 1 : 0;
  const fill =
    baseline === 'inpaint'
      ? inpainting(pixels, direction, steps, inpainter(pixels, scored.model))
      : replacing(pixels, direction, steps, missingOf(scored, baseline, sigma));
  const outputs = await outputsOf(scored, pixels.shape, counts.length + rest, fill);
  const measured = (what: Quantity) =>
    outputs.flatMap((part) => quantityOf(part, scored.target!, what, scored.model?.head.link));
  const found = measured(quantity);
  const [first, last] = [found[0]!, found.at(-1)!];
  const [input, end] = direction === 'delete' ? [first, last] : [last, first];
  const bounded = quantity === 'probability' || quantity === 'sigmoid';
  return {
    curve: { x: counts.map((count) => count / total), y: found.slice(0, counts.length) },
    ends: { input, baseline: end },
    ...(bounded && {
      saturation: saturationOf(found, measured(quantity === 'sigmoid' ? 'logit' : 'log-odds')),
    }),
  };
}

/** The pixels of one image replaced by those of another; past the last step, all of them. */
function replacing(
  pixels: Pixels,
  direction: 'delete' | 'insert',
  steps: readonly ArrayLike<number>[],
  missing: Float32Array,
): Fill {
  const [from, to] = direction === 'delete' ? [pixels.values, missing] : [missing, pixels.values];
  return (step, into, last) => {
    if (step > steps.length) return into.set(to);
    into.set(step === 0 ? from : last);
    if (step > 0) copyPixels(pixels, steps[step - 1]!, to, into);
  };
}

/** The missing pixels filled in from those that are left; steps are asked for in order. */
function inpainting(
  pixels: Pixels,
  direction: 'delete' | 'insert',
  steps: readonly ArrayLike<number>[],
  inpaint: ReturnType<typeof inpainter>,
): Fill {
  const [before, after] = direction === 'delete' ? [0, 1] : [1, 0];
  const removed = new Uint8Array(pixels.height * pixels.width).fill(before);
  return (step, into) => {
    const changed = steps[step - 1] ?? [];
    for (let i = 0; i < changed.length; i++) removed[changed[i]!] = after;
    if (step > steps.length) removed.fill(after);
    inpaint(removed, into);
  };
}

/**
 * The area under the replacement curve, by the trapezoid rule; pixels are replaced in descending order of the
 * map.
 */
export async function replacementScore(
  scored: Scored,
  direction: 'delete' | 'insert',
  { steps, pixels, ...how }: CurveReplacement & { readonly steps: number; readonly pixels?: number },
): Promise<Score> {
  const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
  const { curve, ends, saturation } = await replace(scored, direction, inSteps(order, steps, pixels), how);
  return { value: area(curve), curve, ...comparisonOf(ends, how.quantity, scored.model, saturation) };
}

/** Cuts an order of pixels into `steps` parts of nearly equal size, or into parts of `size` pixels. */
export function inSteps(order: Uint32Array, steps: number, size?: number): readonly Uint32Array[] {
  const parts = size === undefined ? Math.min(steps, order.length) : Math.ceil(order.length / size);
  const end = (i: number) => (size === undefined ? Math.round((i * order.length) / parts) : i * size);
  return Array.from({ length: parts }, (_, i) => order.subarray(end(i), end(i + 1)));
}

/** The area under a curve by the trapezoid rule. */
export function area({ x, y }: Curve): number {
  return x.reduce((sum, at, i) => (i === 0 ? 0 : sum + ((at - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2), 0);
}
