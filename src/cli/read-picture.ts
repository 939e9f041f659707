import { decodeFile } from '../data/decode/index.js';
import { aboutDicom } from '../data/formats/size.js';
import { toldUneven } from '../data/formats/uneven.js';
import { channelsFirst } from '../tensor/channels.js';
import type { Tensor } from '../tensor/tensor.js';

interface PictureReading {
  readonly signal?: AbortSignal;
  readonly warn: (doubt: string) => void;
  readonly isStated: boolean;
  /** What black and white are as the model takes them. */
  readonly ends?: readonly [number, number];
}

/**
 * Reads an image file as `[C, H, W]`, and tells what has to be known of its values. Where `isStated`, the
 * model says itself how its images were prepared, and so how their range becomes 0 to 1.
 */
export async function readPicture(
  path: string,
  { signal, warn, isStated, ends = [0, 1] }: PictureReading,
): Promise<Tensor> {
  const { pixels, frames, doubts = [], stretched, windows } = await decodeFile(path, { signal });
  if (frames > 1) warn(`it holds ${frames} frames; the first is read`);
  const about = await aboutDicom(path, '');
  const uneven = about !== undefined && 'aspect' in about ? toldUneven(about.aspect) : [];
  for (const doubt of [...uneven, ...doubts]) warn(doubt);
  if (windows !== undefined && windows > 1)
    warn(`it offers ${windows} windows or tables; the first is applied`);
  if (stretched && !isStated) warn(rangeTold(stretched, ends, ', as in data prepare'));
  return channelsFirst(pixels);
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** What is told of the values of a file that become black and white as a model takes them. */
export const rangeTold = ({ low, high }: Range, ends: readonly [number, number], how = ''): string =>
  `its values ${low} to ${high} become ${ends.join(' to ')}${how}; where the model was trained on another scale give a .npy file`;
