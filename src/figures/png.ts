import { crc32, deflateSync } from 'node:zlib';

/**
 * Pixels as bytes, row by row: one byte (grey or an index into `palette`) or three (red, green, blue) for
 * each.
 */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
  /** Red, green, blue and opacity (0 to 255) for each index. */
  readonly palette?: readonly (readonly [number, number, number, number])[];
}

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const GREY = 0;
const COLOUR = 2;
const INDEXED = 3;

/**
 * The bytes of a PNG file (W3C Recommendation, Portable Network Graphics, second edition). The same pixels
 * give the same bytes.
 */
export function encodePng({ width, height, bytes, palette }: Pixels): Uint8Array {
  const channels = bytes.length / (width * height);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, palette ? INDEXED : channels === 3 ? COLOUR : GREY], 8);
  const colours = palette
    ? [
        chunk('PLTE', Uint8Array.from(palette.flatMap((colour) => colour.slice(0, 3)))),
        chunk('tRNS', Uint8Array.from(palette.map(([, , , opacity]) => opacity))),
      ]
    : [];
  const rows = filtered(bytes, width * channels, palette ? 0 : channels);
  const data = chunk('IDAT', deflateSync(rows, { level: 9 }));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...colours, data, chunk('IEND', new Uint8Array())]);
}

export const pngUri = (pixels: Pixels): string =>
  `data:image/png;base64,${Buffer.from(encodePng(pixels)).toString('base64')}`;

/**
 * Each row after its filter number: 1 stores the difference to the pixel `back` bytes to the left, 0 the byte
 * itself.
 */
function filtered(bytes: Uint8Array, row: number, back: number): Uint8Array {
  const height = bytes.length / row;
  const out = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) {
    const start = y * (row + 1);
    out[start] = back > 0 ? 1 : 0;
    for (let x = 0; x < row; x++) {
      const left = back > 0 && x >= back ? bytes[y * row + x - back]! : 0;
      out[start + 1 + x] = bytes[y * row + x]! - left;
    }
  }
  return out;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const out = Buffer.alloc(content.length + 12);
  out.writeUInt32BE(content.length, 0);
  out.write(type, 4, 'latin1');
  out.set(content, 8);
  out.writeUInt32BE(crc32(out.subarray(4, content.length + 8)), content.length + 8);
  return out;
}
