import { findJpegHeader } from '../decode/dicom/jpeg/header.js';

/** An image's size and depth as its file says. */
export interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: 'uchar' | 'ushort';
}

/**
 * Reads the header of a PNG or baseline, extended or progressive JPEG, which saves asking the decoder twice; `undefined` for
 * everything else, also for what is malformed: the decoder tells of that.
 */
export function headerOf(bytes: Uint8Array): Header | undefined {
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
