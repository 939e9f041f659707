import { decodeFile } from '../data/decode/index.js';
import { channelsFirst } from '../tensor/channels.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * Reads an image file as `[C, H, W]`, and tells what has to be known of its values. Where `isStated`, the
 * model says itself how its images were prepared, and so how their range becomes 0 to 1.
 */
export async function readPicture(
  path: string,
  { signal, warn, isStated }: { signal?: AbortSignal; warn: (doubt: string) => void; isStated: boolean },
): Promise<Tensor> {
  const { pixels, doubts = [], stretched } = await decodeFile(path, { signal });
  for (const doubt of doubts) warn(doubt);
  if (stretched && !isStated)
    warn(
      `its values ${stretched.low} to ${stretched.high} become 0 to 1, as in data prepare; where the model was trained on another scale give a .npy file`,
    );
  return channelsFirst(pixels);
}
