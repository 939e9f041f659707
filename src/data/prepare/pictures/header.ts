import { findJpegHeader } from '../../decode/dicom/jpeg/header.js';

/** An image's size, and its samples' depth as libvips calls it, as its file says. */
export interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: string;
}

/** What an EXIF block begins with in JPEG and in PNG; found by chance it costs a question to the decoder. */
const exifMarks = ['Exif\0', 'eXIf'];

/**
 * Reads the header of a PNG or baseline, extended or progressive JPEG, which saves asking the decoder twice;
 * `undefined` for everything else, also for what is malformed or may be turned by an EXIF orientation: the
 * decoder tells of that.
 */
export function headerOf(bytes: Uint8Array): Header | undefined {
  if (exifMarks.some((mark) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(mark)))
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 32 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === 0x49484452) {
    return {
      width: view.getUint32(16),
      height: view.getUint32(20),
      depth: bytes[24] === 16 ? 'ushort' : 'uchar',
    };
  }
  const jpeg = findJpegHeader(bytes);
  if (jpeg === undefined || jpeg.process > 0xc2 || jpeg.precision !== 8) return undefined;
  return { width: jpeg.width, height: jpeg.height, depth: 'uchar' };
}
