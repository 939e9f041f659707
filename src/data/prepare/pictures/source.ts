import sharp, { type Sharp } from 'sharp';
import { inputError } from '../../../base/errors.js';
import { readBytes, readHead } from '../../../base/files.js';
import type { RunContext } from '../../../base/run.js';
import { isBmp } from '../../decode/bmp.js';
import { checkClaim, pictureLimits } from '../../decode/image/claim.js';
import type { Attributes, DisplayImage } from '../../decode/image/decoded.js';
import { isStoredSize } from '../../decode/orientation.js';
import {
  bandDoubts,
  damagedPixels,
  decodePicture,
  INKS,
  isPicture,
  metadataOf,
} from '../../decode/picture.js';
import { isPnm } from '../../decode/pnm.js';
import { tiffSamples } from '../../decode/tiff.js';
import type { Size } from '../../formats/boxes.js';
import type { ImageRecord } from '../../record.js';
import { type Header, headerOf } from './header.js';

/** Decodes an image file to display intensities in [0, 1], `[H, W]` or `[H, W, C]`. */
export type Decode = (
  path: string,
  options?: { readonly frame?: number; readonly signal?: AbortSignal },
) => Promise<
  Pick<DisplayImage, 'pixels' | 'doubts' | 'stretched' | 'windows'> & { readonly attributes?: Attributes }
>;

/** An image that is decoded, or decoded on demand. */
export interface Source {
  readonly width: number;
  readonly height: number;
  /** Effective bit depth of its intensities. */
  readonly bits: 8 | 16;
  /** Millimetres from one pixel to the next, down and across, where the file states them. */
  readonly spacing?: readonly [number, number];
  /** What a reader has to know of its values. */
  readonly doubts?: readonly string[];
  /** The values that become black and white, where they are the image's own. */
  readonly range?: readonly [black: number, white: number];
  /** How many windows or tables of interest the file offers; the first is applied. */
  readonly windows?: number;
  /** Of a CT slice, the intensity, of 0 to 255, below which it shows air. */
  readonly air?: number;
  /** Starts a new pipeline with the whole image. */
  open(): Sharp;
}

/**
 * Opens a record's image, detected by content. 8-bit images stay compressed for sharp to resize while
 * decoding. Deeper and other images are decoded to display values. All other files go to `decode`. The EXIF
 * orientation applies unless the annotations are of the stored picture. Throws where the file is no image.
 */
export async function openSource(
  { path, frame, ...annotated }: Pick<ImageRecord, 'path' | 'frame' | keyof Lie>,
  decode: Decode,
  { signal }: RunContext,
): Promise<Source> {
  if ((frame ?? 0) === 0 && isPicture(await headOf(path))) {
    const bytes = await readBytes(path);
    const header = headerOf(bytes) ?? (isBmp(bytes) || isPnm(bytes) ? undefined : await askDecoder(bytes));
    if (header?.depth === 'uchar') {
      checkClaim(header, bytes.length);
      const source = openRaster(bytes, header, annotated);
      const bands = header.hasAlpha || tiffSamples(bytes) ? await bandDoubts(bytes) : [];
      const doubts = [...(header.hasInks ? [INKS] : []), ...bands];
      if (doubts.length === 0) return source;
      return { ...(header.hasAlpha ? await withoutAlpha(source) : source), doubts };
    }
    const oriented = header === undefined || isTurned(header, annotated);
    return openPixels(await decodePicture(bytes, path, { oriented }));
  }
  const { attributes, ...image } = await decode(path, { frame, signal });
  const spacing = attributes && spacingOf(attributes);
  const source = openPixels(image);
  const air = attributes?.modality === 'CT' ? airIn(source) : undefined;
  return { ...source, ...(spacing && { spacing }), ...(air !== undefined && { air }) };
}

/** Hounsfield units of air with its noise; lungs have more. */
const AIR = -900;

function airIn({ range: [black, white] = [0, 0] }: Source): number | undefined {
  const air = (255 * (AIR - black)) / (white - black);
  return white > black && air > 0 ? air : undefined;
}

/** The spacing of pixels that a DICOM file states: in the patient, or else on the detector. */
function spacingOf(said: Attributes): readonly [number, number] | undefined {
  const pairs = [
    [said.rowSpacing, said.columnSpacing],
    [said.detectorRowSpacing, said.detectorColumnSpacing],
  ];
  for (const [down, across] of pairs)
    if (typeof down === 'number' && typeof across === 'number') return [down, across];
  return undefined;
}

/** First bytes of a file, enough for its signature; empty for an unreadable file, which `decode` reports. */
const headOf = (path: string): Promise<Uint8Array> => readHead(path, 64).catch(() => new Uint8Array());

async function askDecoder(bytes: Uint8Array) {
  const { width, height, depth, hasAlpha, space, autoOrient } = await metadataOf(bytes);
  return { width, height, depth, hasAlpha, hasInks: space === 'cmyk', shown: autoOrient };
}

type Stored = Header & { readonly shown?: Size };

/** What of a record says how its picture lies. */
type Lie = Pick<ImageRecord, 'width' | 'height' | 'asStored'>;

/** Whether the EXIF orientation applies. */
const isTurned = ({ shown, ...stored }: Stored, annotated: Lie): boolean =>
  shown !== undefined && !annotated.asStored && !isStoredSize(annotated, stored, shown);

function openRaster(bytes: Uint8Array, header: Stored, annotated: Lie): Source {
  const turns = isTurned(header, annotated);
  const { width, height } = turns ? header.shown! : header;
  return {
    width,
    height,
    bits: 8,
    open: () => {
      const image = sharp(bytes, { limitInputPixels: pictureLimits.pixels, failOn: 'error' });
      return turns ? image.autoOrient() : image;
    },
  };
}

/** The image decoded without its transparency, which sharp would darken where it resizes. */
async function withoutAlpha(source: Source): Promise<Source> {
  const { channels } = await source.open().metadata();
  return held(source, channels <= 2 ? 1 : 3, false);
}

function openPixels({
  pixels: { data, shape },
  doubts,
  stretched,
  windows,
}: Pick<DisplayImage, 'pixels' | 'doubts' | 'stretched' | 'windows'>): Source {
  const [height, width, channels = 1] = shape;
  if (height === undefined || width === undefined || ![1, 3].includes(channels)) {
    throw inputError(`decoded pixels of shape [${shape}] are no image`);
  }
  const values = new Uint16Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(data[i]!, 0), 1) * 65535 + 0.5;
  const raw = { width, height, channels: channels as 1 | 3 };
  const space = channels === 1 ? 'grey16' : 'rgb16';
  const open = () => sharp(values, { raw }).pipelineColourspace(space);
  const range = stretched && ([stretched.low, stretched.high] as const);
  const told = { ...(doubts && { doubts }), ...(range && { range }), ...(windows && { windows }) };
  return { width, height, bits: 16, ...told, open };
}

/** The same image, decoded once for several views. */
export async function decoded(source: Source, channels: 1 | 3, bits: 8 | 16): Promise<Source> {
  const deep = bits === 16 && source.bits === 16;
  return { ...(await held(source, channels, deep)), bits: deep ? 16 : 8 };
}

async function held(source: Source, channels: 1 | 3, deep: boolean): Promise<Source> {
  const { values, depth } = await rawOf(source.open(), channels, deep);
  const raw = { width: source.width, height: source.height, channels: depth };
  return { ...source, open: () => sharp(values, { raw }) };
}

/** Pixels of a pipeline, interleaved, in 8 or 16 bits. */
export async function rawOf(
  pipeline: Sharp,
  channels: 1 | 3,
  deep: boolean,
): Promise<{ values: Uint8Array | Uint16Array; width: number; height: number; depth: 1 | 3 }> {
  const space = channels === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb';
  const { data, info } = await pipeline
    .removeAlpha()
    .toColourspace(space)
    .raw(deep ? { depth: 'ushort' } : { depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(damagedPixels);
  if (info.channels !== 1 && info.channels !== 3) {
    throw inputError(`an image with ${info.channels} channels is not understood`);
  }
  const values = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { values, width: info.width, height: info.height, depth: info.channels };
}
