import type { Task } from '../../data/sample.js';
import { readOnnx } from '../../graph/read.js';
import type { Normalisation } from '../classifier.js';
import { metadataOf } from '../load.js';
import { normalisationOf } from '../normalisation.js';
import type { TrainingOptions } from './options.js';

/**
 * How the images of a training are normalised: as its backbone's file has it, as stated, or as the file of
 * its weights says; undefined where nothing says it. Throws where the stated one does not fit the images, or
 * the file says another.
 */
export async function statedNormalisation(
  { inputShape: [channels] }: Task,
  { normalisation, weights }: Pick<TrainingOptions, 'normalisation' | 'weights'>,
  ofBackbone: Normalisation | undefined,
): Promise<Normalisation | undefined> {
  if (ofBackbone) return ofBackbone;
  const said = weights.endsWith('.onnx')
    ? metadataOf(await readOnnx(weights), weights).normalisation
    : undefined;
  const given = normalisation === 'auto' ? undefined : normalisation;
  const chosen = normalisationOf(weights || 'training', channels, given, said, undefined);
  return chosen.normalisedBy && chosen.normalisation;
}
