import { inputError } from '../../../../base/errors.js';

/** Decodes the segments of an RLE frame, each a PackBits-coded byte plane (DICOM PS3.5, annex G). */
export function rleSegments(bytes: Uint8Array, segmentLength: number, expected: number): Uint8Array[] {
  if (bytes.length < 64) throw inputError('its RLE frame has no header');
  const header = new DataView(bytes.buffer, bytes.byteOffset, 64);
  const count = header.getUint32(0, true);
  if (count !== expected) throw inputError(`its RLE frame has ${count} segments where ${expected} belong`);
  return Array.from({ length: count }, (_, i) => {
    const begin = header.getUint32(4 + 4 * i, true);
    const end = i + 1 < count ? header.getUint32(8 + 4 * i, true) : bytes.length;
    if (begin < 64 || end > bytes.length || begin > end)
      throw inputError('its RLE segments lie outside the frame');
    return unpackBits(bytes.subarray(begin, end), segmentLength);
  });
}

function unpackBits(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let to = 0;
  for (let from = 0; to < length && from < bytes.length; ) {
    const control = bytes[from++]!;
    if (control === 128) continue;
    const run = control < 128 ? control + 1 : 257 - control;
    const kept = Math.min(run, length - to);
    if (control < 128) {
      if (from + kept > bytes.length) break;
      out.set(bytes.subarray(from, from + kept), to);
      from += run;
    } else {
      if (from >= bytes.length) break;
      out.fill(bytes[from++]!, to, to + kept);
    }
    to += kept;
  }
  if (to < length) throw inputError(`its RLE segment is cut off: ${to} of ${length} bytes`);
  return out;
}

/** Decodes an RLE frame to planar little-endian samples. Byte planes are stored from the most significant. */
export function decodeRle(
  bytes: Uint8Array,
  pixels: number,
  samples: number,
  sampleBytes: number,
): Uint8Array {
  const segments = rleSegments(bytes, pixels, samples * sampleBytes);
  if (sampleBytes === 1 && samples === 1) return segments[0]!;
  const out = new Uint8Array(pixels * samples * sampleBytes);
  segments.forEach((segment, s) => {
    const channel = Math.floor(s / sampleBytes);
    const byte = sampleBytes - 1 - (s % sampleBytes);
    const begin = channel * pixels * sampleBytes + byte;
    for (let i = 0; i < pixels; i++) out[begin + i * sampleBytes] = segment[i]!;
  });
  return out;
}
