import type { Figure } from '../figures/figure.js';
import { picturesFigure } from '../figures/gallery.js';
import { runHere } from '../figures/here.js';
import type { Classifier } from '../model/classifier.js';
import { type Before, seenBy } from '../model/input/look.js';

/**
 * Draws images as the model gets them, each above what it is annotated as and what the model predicts: a look
 * at resizing, channels and normalisation before anything is explained. Throws where nothing tells how the
 * images are normalised.
 */
export async function inputsFigure(model: Classifier, samples: readonly Before[]): Promise<Figure> {
  const seen = await runHere((run) => seenBy(model, samples, run));
  return picturesFigure(
    seen.map(({ image, label }) => ({ image, label })),
    { columns: 5 },
  );
}
