import { inputError, unsupported } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { DecodeLimits } from './image/limits.js';
import { noColour } from './palette.js';

export const isBmp = (bytes: Uint8Array): boolean =>
  bytes.length > 54 && bytes[0] === 0x42 && bytes[1] === 0x4d && bytes[14]! >= 40;

/**
 * Decodes an uncompressed Windows bitmap of 1, 4, 8, 24 or 32 bits per pixel: `[H, W]` where its palette is
 * grey, otherwise `[H, W, 3]` RGB.
 */
export function decodeBmp(bytes: Uint8Array, { frameSamples }: DecodeLimits): Tensor<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width <= 0 || height === 0) throw inputError('its bitmap is empty');
  if (width * height * 3 > frameSamples)
    throw inputError(`${width} x ${height} pixels are over the limit of ${frameSamples} samples`);
  if (![1, 4, 8, 24, 32].includes(bits) || compression !== 0) {
    throw unsupported(
      `bitmaps of ${bits} bits and compression ${compression} are not read; 1, 4, 8, 24, 32 and 0 are`,
    );
  }
  const offset = view.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (offset + stride * height > bytes.length) throw inputError('its bitmap is cut off');
  const line = (y: number) => offset + (signedHeight > 0 ? height - 1 - y : y) * stride;
  return bits <= 8
    ? indexed(bytes, view, { width, height, bits, line })
    : direct(bytes, { width, height, bits, line });
}

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Byte offset of row `y`, counted from the top. */
  readonly line: (y: number) => number;
}

function direct(bytes: Uint8Array, { width, height, bits, line }: Shape): Tensor<Uint8Array> {
  const step = bits / 8;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = line(y); x < width; x++, from += step, to += 3) {
      data[to] = bytes[from + 2]!;
      data[to + 1] = bytes[from + 1]!;
      data[to + 2] = bytes[from]!;
    }
  }
  return { data, shape: [height, width, 3] };
}

function indexed(
  bytes: Uint8Array,
  view: DataView,
  { width, height, bits, line }: Shape,
): Tensor<Uint8Array> {
  const start = 14 + view.getUint32(14, true);
  const entries = Math.min(view.getUint32(46, true) || 2 ** bits, 2 ** bits);
  if (start + 4 * entries > bytes.length) throw inputError('the palette of its bitmap is cut off');
  const entry = (index: number, channel: number) => bytes[start + 4 * index + 2 - channel]!;
  const grey = Array.from({ length: entries }, (_, i) => i).every(
    (i) => entry(i, 0) === entry(i, 1) && entry(i, 1) === entry(i, 2),
  );
  const channels = grey ? 1 : 3;
  const perByte = 8 / bits;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = bytes[line(y) + Math.floor(x / perByte)]!;
      const index = (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
      if (index >= entries) throw noColour(entries, index);
      for (let channel = 0; channel < channels; channel++) {
        data[(y * width + x) * channels + channel] = entry(index, channel);
      }
    }
  }
  return { data, shape: grey ? [height, width] : [height, width, 3] };
}
