import { integer, optional } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import type { Score, Scored } from '../metric/metric.js';
import { evaluateVariants } from './evaluate.js';
import { type Baseline, baselineOption, missingOf, pixelsOf, sigmaOption } from './pixels.js';
import { type Quantity, quantityOption } from './quantity.js';

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

export interface Replacement {
  readonly baseline: Baseline;
  readonly sigma?: number;
  readonly quantity: Quantity;
}

export interface Curve {
  /** Fraction of pixels replaced so far, starting at 0. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The target's quantity while the pixels of one image are replaced step by step by those of another. */
export async function replace(
  scored: Scored,
  direction: 'delete' | 'insert',
  steps: readonly ArrayLike<number>[],
  { baseline, sigma, quantity }: Replacement,
): Promise<Curve> {
  const pixels = pixelsOf(scored);
  const missing = missingOf(scored, baseline, sigma);
  const [from, to] = direction === 'delete' ? [pixels.values, missing] : [missing, pixels.values];
  const present = Float32Array.from(from);
  const fill = (step: number, into: Float32Array) => {
    const changed = step === 0 ? [] : steps[step - 1]!;
    for (let i = 0; i < changed.length; i++) {
      for (let c = 0; c < pixels.channels; c++) {
        const at = pixels.at(changed[i]!, c);
        present[at] = to[at]!;
      }
    }
    into.set(present);
  };
  const y = await evaluateVariants(scored, pixels.shape, steps.length + 1, fill, quantity);
  const counts = [0];
  for (const step of steps) counts.push(counts.at(-1)! + step.length);
  const x = counts.map((count) => count / scored.map.data.length);
  return { x, y };
}

/**
 * The area under the replacement curve, by the trapezoid rule; pixels are replaced in descending order of the
 * map.
 */
export async function replacementScore(
  scored: Scored,
  direction: 'delete' | 'insert',
  { steps, pixels, ...how }: Replacement & { readonly steps: number; readonly pixels?: number },
): Promise<Score> {
  const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
  const curve = await replace(scored, direction, inSteps(order, steps, pixels), how);
  return { value: area(curve), curve };
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
