import { inflateRawSync } from 'node:zlib';
import { inputError, messageOf, unsupported } from '../../../../base/errors.js';
import { type CodestreamHeader, checkHeader, readJpeg2000Header, readJpegHeader } from '../codecs/header.js';
import { decodeHtj2k, decodeJpeg2000, decodeJpegLs, decodeTurbo } from '../codecs/packages.js';
import type { CodecFrame } from '../codecs/wasm.js';
import { compressedFrame, startsImage } from '../frames.js';
import { decodeJpeg } from '../jpeg/decode.js';
import { bytesPerFrame, type Layout, samplesPerFrame, stored422 } from '../layout.js';
import type { DicomFile } from '../parse.js';
import type { Compression } from '../syntax.js';
import { expand422, interleave } from './arrange.js';
import { decodeRle } from './rle.js';
import { signExtend } from './sign.js';
import { unpackFrame } from './unpack.js';

export type StoredArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** The stored values of one frame, pixel after pixel, before any table, window or colour transform. */
export async function storedFrame(file: DicomFile, layout: Layout, frame: number): Promise<StoredArray> {
  switch (file.syntax.compression) {
    case 'none':
      return uncompressed(file, layout, frame);
    case 'deflated-frame':
      return fromBytes(inflateFrame(compressedFrame(file, layout, frame), layout), layout, layout.planar);
    case 'rle':
      return runLength(compressedFrame(file, layout, frame), layout);
    default: {
      const bytes = compressedFrame(file, layout, frame);
      return isUncompressed(bytes, layout)
        ? fromBytes(bytes, layout, layout.planar)
        : fromCodec(await decodeCompressed(file.syntax.compression, bytes, layout), layout);
    }
  }
}

function uncompressed({ data, syntax }: DicomFile, layout: Layout, frame: number): StoredArray {
  const { pixels } = layout;
  if (pixels.fragments !== undefined) {
    throw inputError(`its pixel data is in fragments, which transfer syntax ${syntax.uid} does not allow`);
  }
  const bytes = data.byteArray.subarray(pixels.dataOffset, pixels.dataOffset + pixels.length);
  const values = unpackFrame(bytes, layout, frame, {
    bigEndian: syntax.bigEndian,
    words: pixels.vr === 'OW',
  });
  if (stored422(layout)) return expand422(values);
  return layout.planar ? interleave(values, layout.samples) : values;
}

/** The bytes of one little-endian frame. */
function fromBytes(bytes: Uint8Array, layout: Layout, planar: boolean): StoredArray {
  const values = unpackFrame(bytes, { ...layout, frames: 1 }, 0, { bigEndian: false, words: false });
  return planar ? interleave(values, layout.samples) : values;
}

function runLength(bytes: Uint8Array, layout: Layout): StoredArray {
  const { bitsAllocated, samples } = layout;
  if (bitsAllocated === 1) {
    return fromBytes(decodeRle(bytes, Math.ceil(bytesPerFrame(layout)), 1, 1), layout, false);
  }
  if (bitsAllocated % 8 !== 0)
    throw unsupported(`RLE with ${bitsAllocated} bits per sample is not supported`);
  const whole = { ...layout, photometric: 'RGB' };
  const pixels = layout.rows * layout.columns;
  return fromBytes(decodeRle(bytes, pixels, samples, bitsAllocated / 8), whole, samples > 1);
}

function inflateFrame(bytes: Uint8Array, layout: Layout): Uint8Array {
  try {
    const grown = inflateRawSync(bytes, { maxOutputLength: Math.ceil(bytesPerFrame(layout)) + 2 });
    return new Uint8Array(grown.buffer, grown.byteOffset, grown.length);
  } catch (error) {
    throw inputError(`its deflated frame is damaged (${messageOf(error)})`);
  }
}

/** CharLS searches all of its memory for the end marker where a frame lacks one: seconds for a few bytes. */
const ended = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Uint8Array.of(0xff, 0xd9)]);

/** Some writers declare a compression and put plain samples into the fragment. */
const isUncompressed = (bytes: Uint8Array, layout: Layout): boolean =>
  bytes.length === bytesPerFrame(layout) && !startsImage(bytes);

async function decodeCompressed(
  compression: Compression,
  bytes: Uint8Array,
  layout: Layout,
): Promise<CodecFrame> {
  const jpeg = compression === 'jpeg' || compression === 'jpeg-ls';
  const header = jpeg ? readJpegHeader(bytes) : readJpeg2000Header(bytes);
  checkHeader(header, layout);
  checkRatio(bytes, layout);
  switch (compression) {
    case 'jpeg-ls':
      return decodeJpegLs(ended(bytes));
    case 'jpeg-2000':
      return decodeJpeg2000(bytes);
    case 'htj2k':
      return decodeHtj2k(bytes);
    default:
      return suitsTurbo(header, bytes) ? decodeTurbo(bytes) : decodeJpeg(bytes);
  }
}

/**
 * libjpeg-turbo is several times faster than our decoder and gives the same grey values to the bit, but it
 * converts colours, knows no 12-bit samples and fills up a cut frame in silence.
 */
const suitsTurbo = ({ precision, samples, process }: CodestreamHeader, bytes: Uint8Array): boolean =>
  precision === 8 && samples === 1 && (process === 0xc0 || process === 0xc2) && endsAsJpeg(bytes);

function endsAsJpeg(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9;
}

/** A large image out of next to nothing keeps a codec busy for seconds; even blank films in JPEG need more bytes. */
function checkRatio(bytes: Uint8Array, layout: Layout): void {
  const samples = samplesPerFrame(layout);
  const most = samples > 2 ** 24 ? 40 : samples > 2 ** 22 ? 150 : Number.POSITIVE_INFINITY;
  if (samples > most * bytes.length) {
    throw inputError(`its frame of ${bytes.length} bytes claims to hold ${samples} samples`);
  }
}

/** A codec's samples in the sign that the data set declares. */
function fromCodec(frame: CodecFrame, layout: Layout): StoredArray {
  checkHeader(frame, layout);
  const length = samplesPerFrame(layout);
  const data = frame.planar ? interleave(frame.data, frame.samples) : frame.data;
  if (data.length !== length)
    throw inputError(`its frame holds ${data.length} samples where ${length} belong`);
  return signExtend(data, frame.precision, layout);
}
