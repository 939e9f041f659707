import { findJpegHeader } from '../../decode/dicom/jpeg/header.js';

/** Image size and libvips sample type, from the file header. */
export interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: string;
  /** Whether its pixels may be transparent. */
  readonly hasAlpha: boolean;
  /** Whether its colours are told by inks. */
  readonly hasInks: boolean;
}

/** The colour type of a PNG with a palette, and the bit of one with transparency. */
const [PALETTE, ALPHA] = [3, 4];

/** So many bytes of a PNG file hold the chunks before its pixels, but for large profiles. */
const CHUNKS = 2 ** 16;

/** Start of an EXIF block in JPEG and PNG. A chance match only costs a call of the decoder. */
const exifMarks = ['Exif\0', 'eXIf'];

/**
 * Reads the header of a PNG or a baseline, extended or progressive JPEG, which saves a call of the decoder.
 * `undefined` for other formats, malformed files, files with EXIF data, which may need rotation, and PNG
 * files with a palette, which may lack colours.
 */
export function headerOf(bytes: Uint8Array): Header | undefined {
  if (exifMarks.some((mark) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(mark)))
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 32 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === 0x49484452) {
    if (bytes[25] === PALETTE) return undefined;
    return {
      width: view.getUint32(16),
      height: view.getUint32(20),
      depth: bytes[24] === 16 ? 'ushort' : 'uchar',
      hasAlpha: (bytes[25]! & ALPHA) > 0 || hasTransparentColour(bytes),
      hasInks: false,
    };
  }
  const jpeg = findJpegHeader(bytes);
  if (jpeg === undefined || jpeg.process > 0xc2 || jpeg.precision !== 8) return undefined;
  return {
    width: jpeg.width,
    height: jpeg.height,
    depth: 'uchar',
    hasAlpha: false,
    hasInks: jpeg.samples === 4,
  };
}

/** Whether a chunk before a PNG's pixels names a transparent colour. A chance match costs time only. */
const hasTransparentColour = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, CHUNKS)).includes('tRNS');
