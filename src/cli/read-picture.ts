import { decodeFile } from '../data/decode/index.js';
import { channelsFirst } from '../tensor/channels.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Call } from './command.js';

/** Reads an image file as `[C, H, W]` and warns of what has to be known of its values. */
export async function readPicture(
  path: string,
  { run: { signal }, warn }: Pick<Call<unknown>, 'run' | 'warn'>,
): Promise<Tensor> {
  const { pixels, doubts = [] } = await decodeFile(path, { signal });
  for (const doubt of doubts) warn(`${path}: ${doubt}`);
  return channelsFirst(pixels);
}
