import { inputError } from '../../../base/errors.js';
import { type Tensor, tensor } from '../../../tensor/tensor.js';
import type { StoredArray } from '../image/decoded.js';
import type { DecodeLimits } from '../image/limits.js';
import { type Layout, samplesPerFrame } from './file/layout.js';
import type { FrameReader } from './pixels/stored.js';

/** `[H, W]`, or `[H, W, C]` for several samples per pixel. */
export const frameShape = ({ rows, columns, samples }: Layout): number[] =>
  samples === 1 ? [rows, columns] : [rows, columns, samples];

/**
 * Stored values of all frames: `[H, W]`, `[H, W, C]`, `[frames, H, W]` or `[frames, H, W, C]`. Throws where
 * they exceed the limits.
 */
export async function allFrames(
  read: FrameReader,
  layout: Layout,
  { totalSamples, frames }: DecodeLimits,
): Promise<Tensor<StoredArray>> {
  const size = samplesPerFrame(layout);
  if (size * layout.frames > totalSamples) {
    throw inputError(`${layout.frames} frames of ${size} samples are over the limit of ${totalSamples}`);
  }
  if (layout.frames > frames) throw inputError(`${layout.frames} frames are over the limit of ${frames}`);
  const first = await read(0);
  if (layout.frames === 1) return tensor(first, frameShape(layout));
  const make = first.constructor as new (length: number) => StoredArray;
  const data = new make(size * layout.frames);
  data.set(first);
  for (let frame = 1; frame < layout.frames; frame++) {
    data.set(await read(frame), frame * size);
  }
  return tensor(data, [layout.frames, ...frameShape(layout)]);
}
