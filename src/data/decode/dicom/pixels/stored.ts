import { inflateRawSync } from 'node:zlib';
import { inputError, unsupported } from '../../../../base/errors.js';
import type { StoredArray } from '../../image/decoded.js';
import type { Decompress } from '../codecs/decompress.js';
import type { CodecName } from '../codecs/packages.js';
import { type CodecFrame, checkHeader } from '../file/codestream.js';
import { compressedFrames, startsImage } from '../file/frames.js';
import { bytesPerFrame, type Layout, samplesPerFrame, stored422 } from '../file/layout.js';
import type { DicomFile } from '../file/parse.js';
import type { Compression } from '../file/syntax.js';
import { readJpegHeader } from '../jpeg/header.js';
import { readJpeg2000Header } from '../jpeg2000/header.js';
import { checkPackets } from '../jpeg2000/packets.js';
import { tileParts } from '../jpeg2000/tileparts.js';
import { expand422, interleave } from './arrange.js';
import { decodeRle } from './rle.js';
import { signExtend } from './sign.js';
import { unpackFrame } from './unpack.js';

/** Reads the stored values of a frame, interleaved, before any lookup table, window or colour transform. */
export type FrameReader = (frame: number) => Promise<StoredArray>;

export function frameReader(file: DicomFile, layout: Layout, decompress: Decompress): FrameReader {
  const { compression } = file.syntax;
  if (compression === 'none') return async (frame) => uncompressed(file, layout, frame);
  const bytesOf = compressedFrames(file, layout);
  return async (frame) => {
    const bytes = bytesOf(frame);
    if (compression === 'deflated-frame') {
      return fromBytes(inflateFrame(bytes, layout), layout, layout.planar);
    }
    if (compression === 'rle') return runLength(bytes, layout);
    if (isUncompressed(bytes, layout)) return fromBytes(bytes, layout, layout.planar);
    return fromCodec(
      await decompress(codecFor(compression, bytes, layout), bytes, samplesPerFrame(layout)),
      layout,
    );
  };
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

/** Unpacks one little-endian frame. */
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
    throw inputError('its deflated frame is damaged', error);
  }
}

/** Some writers declare a compression but store uncompressed samples in the fragment. */
const isUncompressed = (bytes: Uint8Array, layout: Layout): boolean =>
  bytes.length === bytesPerFrame(layout) && !startsImage(bytes);

/** The codec of a frame. Throws where the frame's header is damaged or contradicts the data set. */
function codecFor(compression: Compression, bytes: Uint8Array, layout: Layout): CodecName {
  if (compression === 'jpeg' || compression === 'jpeg-ls') {
    checkHeader(readJpegHeader(bytes), layout);
    return compression;
  }
  const header = readJpeg2000Header(bytes);
  checkHeader(header, layout);
  checkPackets(header, tileParts(header));
  if (compression === 'htj2k') return 'htj2k';
  checkRatio(bytes, layout);
  return 'jpeg-2000';
}

/**
 * Limits the compression ratio of JPEG 2000. A codec takes seconds to decode so many constant samples, and a
 * real image of this size has more bytes.
 */
function checkRatio(bytes: Uint8Array, layout: Layout): void {
  const samples = samplesPerFrame(layout);
  if (samples > 2 ** 24 && samples > 256 * bytes.length) {
    throw inputError(`its frame of ${bytes.length} bytes claims to hold ${samples} samples`);
  }
}

/** A codec's samples with the signedness of the data set. */
function fromCodec(frame: CodecFrame, layout: Layout): StoredArray {
  checkHeader(frame, layout);
  const length = samplesPerFrame(layout);
  const data = frame.planar ? interleave(frame.data, frame.samples) : frame.data;
  if (data.length !== length)
    throw inputError(`its frame holds ${data.length} samples where ${length} belong`);
  return signExtend(data, frame.precision, layout);
}
