import { extent } from '../../tensor/quantile.js';
import type { Scored } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { evaluateVariants } from './evaluate.js';
import { missingOf, pixelsOf } from './pixels.js';
import { type Replacement, replacementOptions } from './removal.js';

/** Declarations shared by metrics of the image as a map keeps it. */
export const keptImage = {
  ...faithfulness,
  options: { sign: signOption('positive'), ...replacementOptions('zero', 'probability') },
  range: [0, 1],
  reads: 'positive',
  ties: 'there are none: values are multiplied',
  invariantTo: ['scale'],
} as const;

/**
 * The target's quantity of the image, and of the image as the map keeps it: pixels mixed with the baseline by
 * the map's values, scaled from its minimum (the baseline) to its maximum (the image).
 */
export async function asKept(
  scored: Scored,
  { baseline, sigma, quantity }: Replacement,
): Promise<{ readonly image: number; readonly kept: number; readonly missing: number }> {
  const pixels = pixelsOf(scored);
  const missing = missingOf(scored, baseline, sigma);
  const { low, high } = extent(scored.map.data);
  const area = scored.map.data.length;
  const fill = (index: number, into: Float32Array) => {
    if (index !== 1) return into.set(index === 0 ? pixels.values : missing);
    const { data } = scored.map;
    for (let from = 0; from < into.length; from += area) {
      for (let p = 0; p < area; p++) {
        const none = missing[from + p]!;
        into[from + p] = none + ((data[p]! - low) / (high - low)) * (pixels.values[from + p]! - none);
      }
    }
  };
  const [image, kept, none] = await evaluateVariants(scored, pixels.shape, 3, fill, quantity);
  return { image: image!, kept: kept!, missing: none! };
}
