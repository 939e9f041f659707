import type { DecodedImage, DecodeOptions, DisplayImage } from '../image/decoded.js';
import { checkFrame } from '../image/decoded.js';
import { defaultLimits } from '../image/limits.js';
import { named } from '../image/named.js';
import { decompressor } from './codecs/decompress.js';
import { deidentify, patientPseudonym } from './deidentify.js';
import { displayFrame, doubtsOf } from './display/display.js';
import { wordDoubts } from './display/significant.js';
import { readLayout } from './file/layout.js';
import { parseDicom } from './file/parse.js';
import { frameReader } from './pixels/stored.js';
import { allFrames, frameShape } from './stored.js';

/**
 * Decodes an image from the bytes of a DICOM file. Errors are prefixed with `name`. Throws `SightlineError`:
 * `input` for a damaged or hostile file or one without image, `unsupported` for an unsupported kind, `usage`
 * for a frame out of range, `cancelled` on abort.
 */
export async function decodeDicom(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions & { readonly raw: true },
): Promise<DecodedImage>;
export async function decodeDicom(
  bytes: Uint8Array,
  name: string,
  options?: DecodeOptions & { readonly raw?: false },
): Promise<DisplayImage>;
export async function decodeDicom(
  bytes: Uint8Array,
  name: string,
  options?: DecodeOptions,
): Promise<DecodedImage>;
export async function decodeDicom(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  try {
    return await decode(bytes, options);
  } catch (error) {
    throw named(error, name);
  }
}

async function decode(
  bytes: Uint8Array,
  { frame, raw = false, window, salt, limits: given, signal }: DecodeOptions,
): Promise<DecodedImage> {
  const limits = { ...defaultLimits, ...given };
  const file = parseDicom(bytes, limits);
  const layout = readLayout(file.data, limits);
  const chosen = frame ?? 0;
  checkFrame(chosen, layout.frames);
  const about = {
    frames: layout.frames,
    attributes: deidentify(file.data),
    patient: salt === undefined ? undefined : patientPseudonym(file.data, salt),
  };
  const read = frameReader(file, layout, decompressor(limits.seconds, signal));
  if (raw) {
    const pixels =
      frame === undefined
        ? await allFrames(read, layout, limits)
        : { data: await read(chosen), shape: frameShape(layout) };
    const doubts = wordDoubts(pixels.data, file.data, layout);
    return { pixels, channels: layout.samples, ...about, ...(doubts.length > 0 && { doubts }) };
  }
  const stored = await read(chosen);
  const { pixels, ...shown } = displayFrame(file, layout, chosen, stored, window);
  const doubts = doubtsOf(file, layout, chosen, stored, window);
  return {
    pixels,
    channels: pixels.shape[2] ?? 1,
    ...about,
    ...shown,
    ...(doubts.length > 0 && { doubts }),
  };
}
