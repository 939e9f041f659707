import { inputError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { DecodeLimits } from './image/limits.js';

export const isPgm = (bytes: Uint8Array): boolean =>
  bytes.length > 8 && bytes[0] === 0x50 && bytes[1] === 0x35 && /\s/.test(String.fromCharCode(bytes[2]!));

/**
 * Decodes a binary portable graymap (P5) of 8 or 16 bits, `[H, W]`, and its declared maximum. Header comments
 * run from `#` to the end of the line.
 */
export function decodePgm(
  bytes: Uint8Array,
  { frameSamples }: DecodeLimits,
): { readonly pixels: Tensor<Uint8Array | Uint16Array>; readonly most: number } {
  // A header is at most this long.
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  const found = /^P5(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s/.exec(head);
  if (found === null) throw inputError('its graymap has no readable header');
  const [width, height, most] = found.slice(1).map(Number) as [number, number, number];
  if (width === 0 || height === 0) throw inputError('its graymap is empty');
  if (most < 1 || most > 65535)
    throw inputError(`its graymap's largest value is ${most}; 1 to 65535 are read`);
  if (width * height > frameSamples) {
    throw inputError(`${width} x ${height} pixels are over the limit of ${frameSamples} samples`);
  }
  const start = found[0].length;
  const depth = most > 255 ? 2 : 1;
  if (start + width * height * depth > bytes.length) throw inputError('its graymap is cut off');
  const data = depth === 2 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const value = depth === 2 ? bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]! : bytes[start + i]!;
    data[i] = Math.min(value, most);
  }
  return { pixels: { data, shape: [height, width] }, most };
}
