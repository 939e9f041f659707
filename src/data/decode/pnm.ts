import { inputError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { DecodeLimits } from './image/limits.js';

/** Whether a file starts like a portable bitmap, graymap or pixmap: P1 to P3 in text, P4 to P6 in binary. */
export const isPnm = (bytes: Uint8Array): boolean =>
  /^P[1-6]\s+[\d#]/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));

/** What separates the numbers of a header: spaces, and comments that run to the end of the line. */
const gap = '(?:\\s|#[^\\n]*\\n)+';
const bitmap = new RegExp(`^P[14]${gap}(\\d+)${gap}(\\d+)\\s`);
const deeper = new RegExp(`^P[2356]${gap}(\\d+)${gap}(\\d+)${gap}(\\d+)\\s`);

interface Header {
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly most: number;
  /** Where the samples begin. */
  readonly start: number;
}

/**
 * Decodes a portable bitmap, graymap or pixmap of up to 16 bits, `[H, W]` or `[H, W, 3]`, and its declared
 * maximum. Of a bitmap 0 is black and 1 white.
 */
export function decodePnm(
  bytes: Uint8Array,
  limits: DecodeLimits,
): { readonly pixels: Tensor<Uint8Array | Uint16Array>; readonly most: number } {
  const header = headerOf(bytes, limits);
  const { kind, width, height, channels, most } = header;
  const data =
    most > 255 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  if (kind === '4') readBits(bytes, header, data);
  else if (kind > '4') readBinary(bytes, header, data);
  else readText(bytes, header, data);
  return { pixels: { data, shape: channels === 1 ? [height, width] : [height, width, channels] }, most };
}

function headerOf(bytes: Uint8Array, { frameSamples }: DecodeLimits): Header {
  // A header is at most this long.
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  const kind = head[1]!;
  const found = (kind === '1' || kind === '4' ? bitmap : deeper).exec(head);
  if (found === null) throw inputError('its graymap has no readable header');
  const [width, height, most = 1] = found.slice(1).map(Number) as [number, number, number?];
  if (width === 0 || height === 0) throw inputError('its graymap is empty');
  if (most < 1 || most > 65535)
    throw inputError(`its graymap's largest value is ${most}; 1 to 65535 are read`);
  const channels = kind === '3' || kind === '6' ? 3 : 1;
  const samples = width * height * channels;
  if (samples > frameSamples) {
    throw inputError(`${width} x ${height} pixels are over the limit of ${frameSamples} samples`);
  }
  const start = found[0].length;
  const least = kind === '4' ? Math.ceil(width / 8) * height : samples * (kind > '4' && most > 255 ? 2 : 1);
  if (start + least > bytes.length) throw cutOff();
  return { kind, width, height, channels, most, start };
}

/** A value of at most the declared maximum: brighter than white is none. */
function upTo(most: number, value: number): number {
  if (value > most) throw inputError(`its graymap's largest value is ${most}, and a pixel has ${value}`);
  return value;
}

const cutOff = () => inputError('its graymap is cut off');

function readBits(bytes: Uint8Array, { width, start }: Header, data: Uint8Array | Uint16Array): void {
  const stride = Math.ceil(width / 8);
  for (let i = 0; i < data.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    data[i] = 1 - ((bytes[start + row * stride + (column >> 3)]! >> (7 - (column & 7))) & 1);
  }
}

function readBinary(bytes: Uint8Array, { most, start }: Header, data: Uint8Array | Uint16Array): void {
  for (let i = 0; i < data.length; i++) {
    const value = most > 255 ? bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]! : bytes[start + i]!;
    data[i] = upTo(most, value);
  }
}

/** Numbers in text; the digits of a bitmap need no space between them. */
function readText(bytes: Uint8Array, { kind, most, start }: Header, data: Uint8Array | Uint16Array): void {
  const [HASH, LINE, ZERO, NINE] = [0x23, 0x0a, 0x30, 0x39];
  let count = 0;
  for (let at = start; at < bytes.length && count < data.length; at++) {
    if (bytes[at] === HASH) while (at < bytes.length && bytes[at] !== LINE) at++;
    if (!(bytes[at]! >= ZERO && bytes[at]! <= NINE)) continue;
    let value = bytes[at]! - ZERO;
    while (kind !== '1' && bytes[at + 1]! >= ZERO && bytes[at + 1]! <= NINE) {
      at++;
      value = Math.min(value * 10 + bytes[at]! - ZERO, 65536);
    }
    data[count++] = kind === '1' ? 1 - Math.min(value, 1) : upTo(most, value);
  }
  if (count < data.length) throw cutOff();
}
