import type { Classifier } from '../../model/classifier.js';
import { type Filler, type Imputer, imputer } from '../../tensor/impute.js';
import type { Pixels } from './pixels.js';

/** What fills in a model's images, whose memory is worth keeping: some thirty times that of an image. */
const known = new WeakMap<Classifier, { readonly size: string; readonly impute: Imputer }>();

/**
 * Writes an image with its removed pixels (1) filled in from those that are left (linear imputation); 0 where
 * none is left.
 */
export function inpainter(
  { values, height, width }: Pixels,
  model?: Classifier,
  options?: Parameters<Imputer>[1],
): Filler {
  const size = `${height}x${width}`;
  const kept = model && known.get(model);
  const impute = kept?.size === size ? kept.impute : imputer(height, width);
  if (model) known.set(model, { size, impute });
  return impute(values, options);
}
