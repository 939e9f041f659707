import type { DataSet } from 'dicom-parser';
import { unsupported } from '../../../base/errors.js';
import { type Tensor, tensor } from '../../../tensor/tensor.js';
import type { VolumeReport, Window } from '../image/decoded.js';
import type { DecodeLimits } from '../image/limits.js';
import { named } from '../image/named.js';
import { decompressor } from './codecs/decompress.js';
import { displayFrame, doubtsOf } from './display/display.js';
import { rescaleOf } from './display/grey.js';
import { decimal, frameGroup } from './display/groups.js';
import { readLayout } from './file/layout.js';
import { parseDicom } from './file/parse.js';
import { frameReader } from './pixels/stored.js';
import { allFrames } from './stored.js';

interface Options {
  readonly window?: Window | undefined;
  readonly limits: DecodeLimits;
  readonly signal?: AbortSignal | undefined;
  readonly onDoubt?: VolumeReport['onDoubt'] | undefined;
  readonly onRange?: VolumeReport['onRange'] | undefined;
}

/**
 * Decodes all frames of a grey DICOM file to `[frames, H, W]` in [0, 1], all through one window: the given
 * one, that of the first frame, or from the least to the greatest value of all. Frames that tell their
 * positions are sorted along the normal of their planes. Throws for colour, for a single frame, and where
 * frames are rescaled differently.
 */
export async function decodeDicomVolume(bytes: Uint8Array, name: string, options: Options): Promise<Tensor> {
  try {
    const { limits, window, signal } = options;
    const file = parseDicom(bytes, limits);
    const layout = readLayout(file.data, limits);
    const { frames, rows, columns, samples, photometric } = layout;
    if (samples !== 1 || !photometric.startsWith('MONOCHROME'))
      throw unsupported(`a volume is of grey frames; its are ${photometric}`);
    if (frames < 2) throw unsupported('it has one frame; a volume needs several');
    const scales = new Set(Array.from({ length: frames }, (_, i) => rescaleOf(file.data, i).join()));
    if (scales.size > 1)
      throw unsupported('its frames are rescaled by different slopes; a volume needs the same for all');
    const stored = await allFrames(
      frameReader(file, layout, decompressor(limits.seconds, signal)),
      layout,
      limits,
    );
    const whole = { ...layout, rows: rows * frames, frames: 1 };
    const { pixels, stretched } = displayFrame(file, whole, 0, stored.data, window);
    for (const doubt of doubtsOf(file, whole, 0, stored.data, window)) options.onDoubt?.(doubt);
    if (stretched) options.onRange?.(stretched);
    const { data } = pixels;
    const size = rows * columns;
    const out = new Float32Array(data.length);
    for (const [to, from] of orderOf(file.data, frames).entries())
      out.set(data.subarray(from * size, (from + 1) * size), to * size);
    return tensor(out, [frames, rows, columns]);
  } catch (error) {
    throw named(error, name);
  }
}

/** The frames in the order of their positions along the normal of the first one's plane. */
function orderOf(data: DataSet, frames: number): number[] {
  const all = Array.from({ length: frames }, (_, i) => i);
  const numbers = (group: DataSet, tag: string, count: number) =>
    Array.from({ length: count }, (_, i) => decimal(group, tag, i));
  const [a, b, c, d, e, f] = numbers(frameGroup(data, 0, 'x00209116'), 'x00200037', 6) as number[];
  const normal = [b! * f! - c! * e!, c! * d! - a! * f!, a! * e! - b! * d!];
  const heights = all.map((frame) =>
    numbers(frameGroup(data, frame, 'x00209113'), 'x00200032', 3).reduce<number>(
      (sum, place, i) => sum + (place ?? Number.NaN) * normal[i]!,
      0,
    ),
  );
  return heights.every(Number.isFinite) ? all.sort((one, other) => heights[one]! - heights[other]!) : all;
}
