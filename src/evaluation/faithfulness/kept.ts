import type { Seen } from '../metric/metric.js';
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
  scored: Seen,
  { baseline, sigma, quantity }: Replacement,
): Promise<{ readonly image: number; readonly kept: number; readonly missing: number }> {
  const pixels = pixelsOf(scored);
  const missing = missingOf(scored, baseline, sigma);
  const { low, high } = scored.reading.extent();
  const { data } = scored.map;
  const fill = (index: number, into: Float32Array) => {
    if (index !== 1) return into.set(index === 0 ? pixels.values : missing);
    for (let p = 0; p < data.length; p++) {
      const share = (data[p]! - low) / (high - low);
      for (let at = p; at < into.length; at += data.length) {
        const none = missing[at]!;
        into[at] = none + share * (pixels.values[at]! - none);
      }
    }
  };
  const [image, kept, none] = await evaluateVariants(scored, pixels.shape, 3, fill, quantity);
  return { image: image!, kept: kept!, missing: none! };
}
