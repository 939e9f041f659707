import { basename } from 'node:path';
import { messageOf, speakingOf } from '../base/errors.js';
import { stateOfMask } from '../data/formats/mask-states.js';
import { readMarked } from '../data/geometry/mask-file.js';
import { checkMask } from '../evaluation/index.js';
import { readNpy } from '../tensor/npy.js';
import type { Tensor, TypedArray } from '../tensor/tensor.js';

/** What becomes of a picture with values between 0 and its greatest one, for the help of flags. */
export const cutOfMasks = 'of several values in a picture, those of at least half its greatest one mark';

/**
 * Reads masks from a .npy file, or one from a picture; `warn` tells of one that seems inverted, and `note`
 * how one of several values is cut.
 */
export async function readMasks(
  path: string,
  { warn, note }: Readonly<Record<'warn' | 'note', (message: string) => void>>,
): Promise<Tensor<TypedArray>> {
  const speaking = (error: unknown) =>
    messageOf(error).includes(path) ? Promise.reject(error) : speakingOf(path)(error);
  if (path.endsWith('.npy')) return readNpy(path).then(checkMask).catch(speaking);
  const { mask, between, high } = await readMarked(path).catch(speaking);
  if (stateOfMask(mask) === 'inverted')
    warn(`${path}: it marks most of its picture and all its corners; it may be inverted`);
  if (between > 0)
    note(
      `${basename(path)}: it holds other values than 0 and ${high} (${between} of its ${mask.data.length} pixels); those of at least half of ${high} are marked, ${mask.data.filter(Boolean).length} pixels`,
    );
  return mask;
}
