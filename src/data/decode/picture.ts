import sharp from 'sharp';
import { inputError, messageOf, SightlineError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { decodeBmp, isBmp } from './bmp.js';
import type { DecodedImage, DecodeOptions, DisplayImage } from './decoded.js';
import { checkFrame } from './dicom/stored.js';
import { type DecodeLimits, defaultLimits } from './limits.js';
import { named } from './named.js';
import { decodePgm, isPgm } from './pgm.js';
import { toUnitRange } from './unit.js';

type Samples = Uint8Array | Uint16Array | Float32Array;

/** PNG, JPEG, and TIFF in both byte orders, plain and big. */
const signatures = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x49, 0x49, 0x2b, 0x00],
  [0x4d, 0x4d, 0x00, 0x2b],
];

/** Whether the bytes begin as one of the formats that `decodePicture` reads. */
export const isPicture = (bytes: Uint8Array): boolean =>
  isBmp(bytes) ||
  isPgm(bytes) ||
  signatures.some((signature) => signature.every((byte, i) => bytes[i] === byte));

/** What libvips calls depths, and the sample types they come in. */
const wide: readonly string[] = ['ushort', 'short', 'uint', 'int'];
const float: readonly string[] = ['float', 'double', 'complex', 'dpcomplex'];

/**
 * Reads a PNG, JPEG, TIFF, BMP or PGM image from its bytes, 8 or 16 bits deep. Transparency is dropped and colour
 * profiles are not applied, so that numbers stay those of the file. The EXIF orientation is applied to display values,
 * as viewers and annotation tools do, and not to stored ones (`raw`). Float samples are
 * stretched from their smallest to their largest value for display. Throws `SightlineError` with `name` in front.
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  const { raw = false, frame = 0 } = options;
  const limits = { ...defaultLimits, ...options.limits };
  try {
    const { pixels, pages } = isBmp(bytes)
      ? { pixels: decodeBmp(bytes, limits), pages: 1 }
      : isPgm(bytes)
        ? { pixels: decodePgm(bytes, limits), pages: 1 }
        : await throughSharp(bytes, frame, raw, limits);
    checkFrame(frame, pages);
    const [rows, columns, channels = 1] = pixels.shape as [number, number, number?];
    return {
      pixels: raw ? pixels : toUnit(pixels),
      channels,
      frames: pages,
      attributes: { rows, columns },
    };
  } catch (error) {
    throw named(error instanceof SightlineError ? error : inputError(messageOf(error), error), name);
  }
}

async function throughSharp(bytes: Uint8Array, page: number, raw: boolean, { frameSamples }: DecodeLimits) {
  const settings = { limitInputPixels: frameSamples, ignoreIcc: true, failOn: 'truncated', page } as const;
  const {
    pages = 1,
    depth,
    space,
    channels: bands,
  } = await sharp(bytes, { ...settings, page: 0 }).metadata();
  checkFrame(page, pages);
  const grey = bands <= 2;
  const kind = float.includes(depth ?? '') ? 'float' : wide.includes(depth ?? '') ? 'ushort' : 'uchar';
  let image = sharp(bytes, settings).removeAlpha();
  if (!raw) image = image.autoOrient();
  if (kind === 'ushort') image = image.toColourspace(grey ? 'grey16' : 'rgb16');
  else if (kind === 'uchar') image = image.toColourspace(grey ? 'b-w' : 'srgb');
  else image = image.toColourspace(space ?? 'b-w');
  const { data, info } = await image.raw({ depth: kind }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { pixels: shaped(view(data, kind), width, height, channels), pages };
}

function view(data: Buffer, kind: 'uchar' | 'ushort' | 'float'): Samples {
  const own = data.byteOffset % 4 === 0 ? data : Buffer.from(data);
  const { buffer, byteOffset, length } = own;
  if (kind === 'uchar') return new Uint8Array(buffer, byteOffset, length);
  return kind === 'ushort'
    ? new Uint16Array(buffer, byteOffset, length / 2)
    : new Float32Array(buffer, byteOffset, length / 4);
}

const shaped = (data: Samples, width: number, height: number, channels: number): Tensor<Samples> => ({
  data,
  shape: channels === 1 ? [height, width] : [height, width, channels],
});

function toUnit({ data, shape }: Tensor<Samples>): DisplayImage['pixels'] {
  if (data instanceof Float32Array) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const scale = high > low ? 1 / (high - low) : 0;
    return { data: data.map((value) => (Number.isFinite(value) ? (value - low) * scale : 0)), shape };
  }
  const largest = data instanceof Uint16Array ? 65535 : 255;
  return { data: toUnitRange(data, 1 / largest), shape };
}
