import { integer, optional } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import type { Score, Scored } from '../metric.js';
import { evaluateVariants } from './evaluate.js';
import { baselineOf, pixelsOf } from './pixels.js';
import type { Quantity } from './quantity.js';

export const stepOptions = {
  steps: integer({ doc: 'in how many steps of equal size', default: 64, min: 1 }),
  pixels: optional(integer({ doc: 'pixels in a step; takes the place of steps', default: 1, min: 1 })),
};

export interface Replacement {
  readonly steps: number;
  readonly pixels?: number;
  readonly baseline: number | 'zero' | 'mean' | 'blur';
  readonly sigma?: number;
  readonly quantity: Quantity;
}

/**
 * The target's quantity while the pixels of `from` become those of `to`, the map's greatest first: the area under the
 * curve over the part of the pixels that changed, by the trapezoid rule.
 */
export async function replacementCurve(
  scored: Scored,
  direction: 'delete' | 'insert',
  { steps, pixels: size, baseline, sigma, quantity }: Replacement,
): Promise<Score> {
  const pixels = pixelsOf(scored);
  const missing = baselineOf(pixels, baseline, sigma);
  const [from, to] = direction === 'delete' ? [pixels.values, missing] : [missing, pixels.values];
  const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
  const ends = stepEnds(order.length, steps, size);
  const present = Float32Array.from(from);
  let changed = 0;
  const y = await evaluateVariants(
    scored,
    pixels.shape,
    ends.length,
    (step, into) => {
      for (; changed < ends[step]!; changed++) {
        for (let c = 0; c < pixels.channels; c++) {
          const at = pixels.at(order[changed]!, c);
          present[at] = to[at]!;
        }
      }
      into.set(present);
    },
    quantity,
  );
  const x = ends.map((end) => end / order.length);
  return { value: area(x, y), curve: { x, y } };
}

/** How many pixels have changed at each point of the curve: none at the first, all at the last. */
function stepEnds(area: number, steps: number, size: number | undefined): number[] {
  const parts = size === undefined ? Math.min(steps, area) : Math.ceil(area / size);
  return Array.from({ length: parts + 1 }, (_, i) =>
    Math.min(area, size === undefined ? Math.round((i * area) / parts) : i * size),
  );
}

/** By the trapezoid rule. */
export function area(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, at, i) => (i === 0 ? 0 : sum + ((at - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2), 0);
}
