import { inputError } from '../../base/errors.js';
import { countAbove } from '../../tensor/rank.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Sign } from '../metric/reading.js';
import { readingsOf } from '../metric/reading.js';
import { overlap } from './overlap.js';

/** A map and its mask, both `[H, W]`, of an image of the split `S`. */
export interface MapOf<S extends 'validation' | 'test'> {
  readonly split: S;
  readonly map: Tensor;
  readonly mask: Tensor<Uint8Array>;
}

/** A threshold, as a share of each map's maximum, that was chosen on validation images. */
export interface TunedThreshold {
  readonly tunedOn: 'validation';
  readonly threshold: number;
  /** The mean overlap on the images that it was chosen by. */
  readonly overlap: number;
}

interface Tuning {
  readonly sign?: Sign;
  readonly measure?: 'iou' | 'dice';
}

/** Candidates: hundredths of the maximum. */
const SHARES = Array.from({ length: 100 }, (_, i) => i / 100);

/**
 * The share of the maximum with the best mean overlap on validation images; the option `threshold` of
 * `iou-threshold`. Test images do not type-check. Throws where no validation image has a mask and a value to
 * find it by.
 */
export function tuneThreshold(
  images: readonly MapOf<'validation'>[],
  { sign = 'positive', measure = 'iou' }: Tuning = {},
): TunedThreshold {
  if (images.some(({ split }) => split !== 'validation'))
    throw inputError('a threshold is tuned on validation images alone');
  const sums = SHARES.map(() => 0);
  let count = 0;
  for (const { map, mask } of images) {
    const reading = readingsOf(map, mask).of(sign);
    const [{ high }, area] = [reading.extent(), reading.area()];
    if (area === 0 || !(high > 0 && high < Infinity)) continue;
    count++;
    for (const [i, share] of SHARES.entries()) {
      const { inner, all } = countAbove(reading.groups(), share * high);
      sums[i]! += overlap({ predicted: all, mask: area, both: inner }, measure);
    }
  }
  if (count === 0) throw inputError('no validation image has a mask and a map above zero');
  const best = sums.reduce((so, sum, i) => (sum > sums[so]! ? i : so), 0);
  return { tunedOn: 'validation', threshold: SHARES[best]!, overlap: sums[best]! / count };
}
