import sharp, { type DepthEnum, type Metadata } from 'sharp';
import { inputError, unsupported } from '../../base/errors.js';
import { readHead } from '../../base/files.js';
import type { Tensor } from '../../tensor/tensor.js';
import { decodeBmp, isBmp } from './bmp.js';
import { findJpegHeader } from './dicom/jpeg/header.js';
import { checkColours } from './gif.js';
import { checkClaim } from './image/claim.js';
import type { DecodedImage, DecodeOptions, DisplayImage, StoredArray } from './image/decoded.js';
import { checkFrame } from './image/decoded.js';
import { type DecodeLimits, defaultLimits } from './image/limits.js';
import { named } from './image/named.js';
import { missingValues, rangeOf, stretched, toUnitRange } from './image/unit.js';
import { allPages } from './pages.js';
import { checkPalette, pngFrames } from './png.js';
import { decodePnm, isPnm } from './pnm.js';
import { channelDoubts, checkSamples, tiffSamples } from './tiff.js';

/** PNG, GIF, and TIFF in both byte orders, classic and BigTIFF. */
const signatures = [
  [0x89, 0x50, 0x4e, 0x47],
  [0x47, 0x49, 0x46, 0x38],
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x49, 0x49, 0x2b, 0x00],
  [0x4d, 0x4d, 0x00, 0x2b],
];

/** Whether the bytes start like a format that `decodePicture` reads. */
export const isPicture = (bytes: Uint8Array): boolean =>
  isBmp(bytes) ||
  isPnm(bytes) ||
  isWebp(bytes) ||
  isJpeg(bytes) ||
  signatures.some((signature) => signature.every((byte, i) => bytes[i] === byte));

/** JPEG-LS has the same start, and a frame header (0xf7) that no JPEG decoder reads. */
const isJpeg = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff && bytes[3] !== 0xf7;

const isWebp = (bytes: Uint8Array): boolean =>
  [...'RIFF'].every((c, i) => bytes[i] === c.charCodeAt(0)) &&
  [...'WEBP'].every((c, i) => bytes[8 + i] === c.charCodeAt(0));

/** For each libvips sample type: the output type, the added offset, and the conversion from bytes. */
const depths: Readonly<
  Record<string, { as: keyof DepthEnum; lift?: number; read: (bytes: ArrayBuffer) => StoredArray }>
> = {
  uchar: { as: 'uchar', read: (bytes) => new Uint8Array(bytes) },
  ushort: { as: 'ushort', read: (bytes) => new Uint16Array(bytes) },
  // libvips clips negative values on output: an offset is added before and subtracted after.
  char: { as: 'ushort', lift: 128, read: (bytes) => Int8Array.from(new Uint16Array(bytes), (v) => v - 128) },
  short: {
    as: 'ushort',
    lift: 32768,
    read: (bytes) => Int16Array.from(new Uint16Array(bytes), (v) => v - 32768),
  },
  uint: { as: 'uint', read: (bytes) => new Uint32Array(bytes) },
  int: { as: 'int', read: (bytes) => new Int32Array(bytes) },
  float: { as: 'float', read: (bytes) => new Float32Array(bytes) },
};

/**
 * Decodes a PNG, JPEG, TIFF, WebP, GIF, BMP or PNM image from its bytes and applies its EXIF orientation.
 * Alpha is dropped and colour profiles are not applied, so values are those of the file. Display values of
 * 8-bit samples map from their full range. Those of a graymap map from
 * its declared maximum; other deeper samples from their minimum and maximum, like DICOM images without a
 * window. A TIFF's least value is white where it says so. Throws `SightlineError` prefixed
 * with `name`.
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  options?: DecodeOptions & { readonly raw?: false },
): Promise<DisplayImage>;
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  options?: DecodeOptions,
): Promise<DecodedImage>;
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  const { raw = false, frame = 0, oriented = true } = options;
  const limits = { ...defaultLimits, ...options.limits };
  try {
    const found: Found = isBmp(bytes)
      ? { pixels: decodeBmp(bytes, limits), pages: 1, most: 255, negative: false }
      : isPnm(bytes)
        ? { ...decodePnm(bytes, limits), pages: 1, negative: false, declared: true }
        : await throughSharp(bytes, frame, limits, oriented);
    const { pixels, pages } = found;
    checkFrame(frame, pages);
    const isOfAll = raw && options.frame === undefined && pages > 1;
    const all = isOfAll ? await stackOf(bytes, found, limits, oriented) : undefined;
    const [rows, columns, channels = 1] = pixels.shape as [number, number, number?];
    const doubts = [
      ...(raw || !(pixels.data instanceof Float32Array) ? [] : missingValues(pixels.data)),
      ...(found.inks ? [INKS] : []),
      ...(raw ? [] : await bandDoubts(bytes)),
      ...(isOfAll && all === undefined ? [FIRST(pages)] : []),
    ];
    return {
      pixels: raw ? (all ?? pixels) : toUnit(found),
      channels,
      frames: pages,
      attributes: { rows, columns },
      ...(raw ? found.negative && { negative: true } : stretchOf(found)),
      ...(doubts.length > 0 && { doubts }),
    };
  } catch (error) {
    throw named(error, name);
  }
}

const FIRST = (pages: number): string =>
  `its ${pages} pages differ in size or type, or are of an animation: the first alone is read, and each other by its number`;

/** All pages of a file, where they are alike. */
const stackOf = async (
  bytes: Uint8Array,
  { pixels, pages }: Found,
  limits: DecodeLimits,
  oriented: boolean,
) =>
  pngFrames(bytes) === undefined
    ? await allPages(
        pixels,
        pages,
        async (page) => (await throughSharp(bytes, page, limits, oriented)).pixels,
        limits,
      )
    : undefined;

async function throughSharp(
  bytes: Uint8Array,
  page: number,
  { frameSamples }: DecodeLimits,
  oriented: boolean,
) {
  const first = await metadataOf(bytes);
  const { pages = 1 } = first;
  checkFrame(page, pages);
  const own = page === 0 ? first : await headerOf(bytes, page);
  const { width: columns, height: rows, depth, space, channels: bands } = own;
  checkClaim({ width: columns, height: rows }, bytes.length, frameSamples);
  checkColours(bytes, page);
  if (page > 0 && pngFrames(bytes) !== undefined)
    throw unsupported('it is an animated PNG; of its frames the first is read');
  const settings = { limitInputPixels: frameSamples, ignoreIcc: true, failOn: 'truncated', page } as const;
  const taken = depths[depth];
  if (taken === undefined) throw unsupported(`samples of type ${depth} are not read`);
  const { as, lift = 0, read } = taken;
  const grey = bands <= 2;
  const image = sharp(bytes, settings).removeAlpha();
  if (oriented) image.autoOrient();
  if (lift !== 0) image.linear(1, lift);
  if (as === 'ushort') image.toColourspace(grey ? 'grey16' : 'rgb16');
  else if (as === 'uchar') image.toColourspace(grey ? 'b-w' : 'srgb');
  else image.toColourspace(space ?? 'b-w');
  const { data, info } = await image
    .raw({ depth: as })
    .toBuffer({ resolveWithObject: true })
    .catch(damagedPixels);
  const { width, height, channels } = info;
  const shape = channels === 1 ? [height, width] : [height, width, channels];
  const samples = tiffSamples(bytes, page);
  const negative = samples?.isNegative === true;
  const values = read(Uint8Array.from(data).buffer);
  // libvips inverts unsigned samples itself.
  const stored = negative && samples.format === 1 ? negativeOf(values) : values;
  return { pixels: { data: stored, shape }, pages, most: 255, negative, inks: space === 'cmyk' };
}

/** Unsigned samples taken from the largest of their type. */
export function negativeOf(values: StoredArray): StoredArray {
  const most = 2 ** (8 * values.BYTES_PER_ELEMENT) - 1;
  return values.map((value: number) => most - value);
}

/** What is told of colours that inks tell. */
export const INKS =
  'its colours are those of inks (CMYK), and become RGB as on paper; other programs mix them otherwise: save it as RGB where they are measured';

/**
 * Reads an image's header. Throws where it is damaged, and for bytes whose samples are of a type that is not
 * read.
 */
export async function metadataOf(picture: Uint8Array | string): Promise<Metadata> {
  const samples = typeof picture === 'string' ? undefined : tiffSamples(picture);
  if (samples !== undefined) checkSamples(samples);
  if (typeof picture !== 'string') {
    checkJpeg(picture);
    checkPalette(picture);
  }
  const found = await headerOf(picture);
  const frames = pngFrames(typeof picture === 'string' ? await readHead(picture, CHUNKS) : picture);
  return frames === undefined ? found : { ...found, pages: frames };
}

const headerOf = (picture: Uint8Array | string, page = 0): Promise<Metadata> =>
  sharp(picture, { limitInputPixels: false, page })
    .metadata()
    .catch((cause) => {
      throw inputError('it is damaged: its header cannot be read', cause);
    });

/** So many bytes of a PNG file hold the chunks before its pixels, but for large profiles. */
const CHUNKS = 2 ** 16;

/** Throws for a JPEG of a process or a depth that is not decoded. */
function checkJpeg(bytes: Uint8Array): void {
  const frame = isJpeg(bytes) ? findJpegHeader(bytes) : undefined;
  if (frame === undefined || (frame.process <= 0xc2 && frame.precision === 8)) return;
  const { process, precision } = frame;
  const kind = Object.entries(processes).find(([, markers]) => markers.includes(process))?.[0];
  throw unsupported(
    `its JPEG is ${kind ?? 'hierarchical'} and of ${precision} bits; baseline and progressive ones of 8 bits are read: save it as PNG or TIFF`,
  );
}

/** Start-of-frame markers by the process of coding; all others are hierarchical. */
const processes = {
  sequential: [0xc0, 0xc1],
  progressive: [0xc2],
  lossless: [0xc3],
  'arithmetic-coded': [0xc9, 0xca, 0xcb],
  'JPEG-LS': [0xf7],
};

/** Replaces a library's error about pixel data. */
export function damagedPixels(cause: unknown): never {
  throw inputError('it is damaged or cut off: its pixels cannot be read', cause);
}

interface Found {
  readonly pixels: Tensor<StoredArray>;
  readonly pages: number;
  /** The value of white. */
  readonly most: number;
  /** Whether the file itself says what white is, also of deeper samples. */
  readonly declared?: boolean;
  readonly negative: boolean;
  /** Whether colours are told by inks. */
  readonly inks?: boolean;
}

/** Whether the values of black and white are known. */
const tellsRange = ({ pixels, declared }: Found): boolean =>
  declared === true || pixels.data instanceof Uint8Array;

/** The values that become black and white, where the file does not tell them and they are not its type's. */
function stretchOf(found: Found): Pick<DecodedImage, 'stretched'> {
  if (tellsRange(found)) return {};
  const { data } = found.pixels;
  const { low, high } = rangeOf(data);
  const white = data instanceof Uint16Array ? 65535 : 1;
  if (high <= low || (low === 0 && high === white)) return {};
  return { stretched: found.negative ? { low: high, high: low } : { low, high } };
}

function toUnit(found: Found): DisplayImage['pixels'] {
  const { pixels, most, negative } = found;
  const { data, shape } = pixels;
  const unit = tellsRange(found) ? toUnitRange(data, 1 / most) : stretched(data);
  return { data: negative ? unit.map((value) => 1 - value) : unit, shape };
}

/** What is told of channels of no stated meaning, and of pixels shown over a viewer's background. */
export async function bandDoubts(bytes: Uint8Array): Promise<readonly string[]> {
  const unclear = channelDoubts(bytes);
  return unclear.length > 0 || (await transparencyOf(bytes)) === 'none' ? unclear : [CLEAR];
}

const CLEAR =
  'it has transparent pixels, which viewers show over white or black: the colours that the file holds for them are read; where that is not what was meant save it without transparency';

/** The transparency of a file's pixels: none, alike in all, or different. */
export async function transparencyOf(picture: Uint8Array | string): Promise<'none' | 'alike' | 'different'> {
  try {
    const image = sharp(picture, { limitInputPixels: defaultLimits.frameSamples });
    if (!(await image.metadata()).hasAlpha) return 'none';
    const { channels, isOpaque } = await image.stats();
    const alpha = channels.at(-1)!;
    return isOpaque ? 'none' : alpha.min === alpha.max ? 'alike' : 'different';
  } catch {
    return 'none';
  }
}
