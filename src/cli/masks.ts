import { messageOf, speakingOf } from '../base/errors.js';
import { stateOfMask } from '../data/formats/mask-states.js';
import { readMask } from '../data/geometry/mask-file.js';
import { checkMask } from '../evaluation/index.js';
import { readNpy } from '../tensor/npy.js';
import type { Tensor, TypedArray } from '../tensor/tensor.js';

/** Reads masks from a .npy file, or one from a picture; `warn` tells of one that seems inverted. */
export async function readMasks(path: string, warn: (message: string) => void): Promise<Tensor<TypedArray>> {
  const speaking = (error: unknown) =>
    messageOf(error).includes(path) ? Promise.reject(error) : speakingOf(path)(error);
  if (path.endsWith('.npy')) return readNpy(path).then(checkMask).catch(speaking);
  const mask = await readMask(path).catch(speaking);
  if (stateOfMask(mask) === 'inverted')
    warn(`${path}: it marks most of its picture and all its corners; it may be inverted`);
  return mask;
}
