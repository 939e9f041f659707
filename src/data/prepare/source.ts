import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { inputError } from '../../base/errors.js';
import type { RunContext } from '../../base/run.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { ImageRecord } from '../record.js';
import { headerOf } from './header.js';

/** Reads any image file as display intensities in [0, 1], `[H, W]` or `[H, W, C]`. */
export type Decode = (
  path: string,
  options?: { readonly frame?: number; readonly signal?: AbortSignal },
) => Promise<{ readonly pixels: Tensor }>;

/** A decoded or decodable image. */
export interface Source {
  readonly width: number;
  readonly height: number;
  /** Bits that its intensities really have. */
  readonly bits: 8 | 16;
  /** A fresh pipeline that begins with the whole image. */
  open(): Sharp;
}

/** What sharp reads by itself, straight from the compressed file to the wanted size. */
const RASTER = /\.(png|jpe?g|tiff?|webp)$/i;
const limitInputPixels = 2 ** 28;

/** Opens a record's image; pictures by sharp, everything else by `decode`. Throws where it is no image. */
export async function openSource(
  { path, frame }: ImageRecord,
  decode: Decode,
  { signal }: RunContext,
): Promise<Source> {
  if (RASTER.test(path) && (frame ?? 0) === 0) return openRaster(path);
  const { pixels } = await decode(path, { frame, signal });
  return openPixels(pixels);
}

async function openRaster(path: string): Promise<Source> {
  const bytes = await readFile(path);
  const { width, height, depth } = headerOf(bytes) ?? (await sharp(bytes, { limitInputPixels }).metadata());
  return {
    width,
    height,
    bits: depth === 'ushort' ? 16 : 8,
    open: () => sharp(bytes, { limitInputPixels, failOn: 'error' }),
  };
}

function openPixels({ data, shape }: Tensor): Source {
  const [height, width, channels = 1] = shape;
  if (height === undefined || width === undefined || ![1, 3].includes(channels)) {
    throw inputError(`decoded pixels of shape [${shape}] are no image`);
  }
  const values = new Uint16Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(data[i]!, 0), 1) * 65535 + 0.5;
  const raw = { width, height, channels: channels as 1 | 3 };
  const space = channels === 1 ? 'grey16' : 'rgb16';
  return { width, height, bits: 16, open: () => sharp(values, { raw }).pipelineColourspace(space) };
}

/** The same image, decoded once, for many views of it. */
export async function decoded(source: Source, channels: 1 | 3, bits: 8 | 16): Promise<Source> {
  const deep = bits === 16 && source.bits === 16;
  const { values, depth } = await rawOf(source.open(), channels, deep);
  const raw = { width: source.width, height: source.height, channels: depth };
  return { ...source, bits: deep ? 16 : 8, open: () => sharp(values, { raw }) };
}

/** A pipeline's pixels, interleaved, in 8 or 16 bits. */
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
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1 && info.channels !== 3) {
    throw inputError(`an image with ${info.channels} channels is not understood`);
  }
  const values = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { values, width: info.width, height: info.height, depth: info.channels };
}
