import { isTiffJpeg } from './tiff.js';

/** Whether a picture's values are not exactly those that were saved: JPEG, also in TIFF, and lossy WebP. */
export const isLossy = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xd8) || isTiffJpeg(bytes) || chunksOf(bytes).includes('VP8 ');

/** The names of the chunks of a WebP file and of those within its frames; none of other files. */
function chunksOf(bytes: Uint8Array): readonly string[] {
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 20 || name(0) !== 'RIFF' || name(8) !== 'WEBP') return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: string[] = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    found.push(name(at));
    // A frame's chunks begin after its place and time.
    const size = name(at) === 'ANMF' ? 16 : view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  return found;
}
