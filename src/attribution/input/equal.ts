import type { Classifier } from '../../model/classifier.js';
import { slopesOf } from '../../model/slopes.js';
import { isTensor } from '../../tensor/option.js';

/**
 * The note that a map from a baseline of zeros is the input times its gradient: of `gradients` on the way
 * from there, where they are the same all the way, or of `differences` between both, where the network only
 * rectifies besides.
 */
export function fromZero(model: Classifier, kind: 'gradients' | 'differences'): readonly string[] {
  const slopes = slopesOf(model);
  if (slopes?.linear) return ['the model is linear: the map is that of input-x-gradient'];
  return slopes?.scaled && (kind === 'gradients' || slopes.rectified)
    ? [
        'the model adds no constants, and its slopes are the same all the way to zero: the map is that of input-x-gradient',
      ]
    : [];
}

/** The note that the epsilon rule shares out as gradients do, where a network only rectifies. */
export const asSlopes = (model: Classifier): readonly string[] =>
  slopesOf(model)?.pieced
    ? [
        'where a model is linear but for rectifiers and maxima, the epsilon rule gives the map of input-x-gradient, but for epsilon',
      ]
    : [];

/** Whether a baseline is zero throughout. */
export const isZero = (baseline: unknown): boolean =>
  baseline === 'zero' ||
  baseline === 0 ||
  (isTensor(baseline) && Array.prototype.every.call(baseline.data, (value) => value === 0));
