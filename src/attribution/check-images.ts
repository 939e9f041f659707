import { unsupported } from '../base/errors.js';
import type { Classifier } from '../model/classifier.js';
import { foldedIn } from '../model/maps/folded.js';
import type { Family, Method } from './method.js';

/** The families whose maps tell the images of a sample apart: a walk back makes them, or no model. */
const apart: ReadonlySet<Family> = new Set(['gradient', 'relevance', 'pattern', 'baseline']);

/** The families whose maps have the positions of a layer. */
const ofLayers: ReadonlySet<Family> = new Set(['cam', 'attention', 'prototype']);

/** Says how many images a sample holds. */
export const heldImages = ({ images, picked }: Classifier['input']): string =>
  `holds ${images}, ${picked ? 'picked one by one' : 'folded into its batch'}`;

/**
 * Throws where a method hides positions, or makes one map of them, and a sample holds several images that
 * the network folds into its batch or picks one by one: frames of a film, say. The same where a layer's map
 * would lie across the input.
 */
export function checkImages(
  model: Classifier,
  { name, family, maps }: Pick<Method, 'name' | 'family' | 'maps'>,
): void {
  const { input } = model;
  const { shape, images, turned, picked } = input;
  if (turned && ofLayers.has(family))
    throw unsupported(
      `${name}: the network reads the positions of a sample [${shape}] in another order than it has (width before height, say), so that a layer's map would lie across it; export the model with one order`,
    );
  if (images === undefined || (maps === 'input' && apart.has(family))) return;
  // Each picture that is picked has layers of its own, of which option layer names one.
  if (picked && ofLayers.has(family)) return;
  if (family === 'cam' && foldedIn(model)) return;
  throw unsupported(
    `${name} explains one image; a sample [${shape}] of the model ${heldImages(input)}: take a method that gives each a map (gradient, integrated-gradients), or export the network of one image`,
  );
}
