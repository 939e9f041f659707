import { inflateSync } from 'node:zlib';
import { defaultLimits } from './image/limits.js';
import { noColour } from './palette.js';

const SIGNATURE = '89504e470d0a1a0a';

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

/** The chunks of a PNG file up to its end, or to where it is cut off; none of other files. */
function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.toString('hex', 0, 8) !== SIGNATURE) return;
  for (let at = 8; at + 12 <= view.length; ) {
    const length = view.readUInt32BE(at);
    const type = view.toString('latin1', at + 4, at + 8);
    yield { type, content: view.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** The frames of an animated PNG, from the start of its file; `undefined` of other files. */
export function pngFrames(bytes: Uint8Array): number | undefined {
  for (const { type, content } of chunksOf(bytes)) {
    if (type === 'IDAT') return undefined;
    if (type === 'acTL' && content.length >= 4) return Buffer.from(content).readUInt32BE(0);
  }
  return undefined;
}

/** Throws where pixels of a PNG have no colour in its palette: decoders take them for black. */
export function checkPalette(bytes: Uint8Array): void {
  const found = palettedIn(bytes);
  if (found === undefined || found.colours >= 2 ** found.header[8]!) return;
  let highest = -1;
  forEachIndex(found, (index) => {
    highest = Math.max(highest, index);
  });
  if (highest >= found.colours) throw noColour(found.colours, highest);
}

/** The numbers of the colours of a PNG's pixels in its palette, by row; `undefined` of other files. */
export const paletteIndices = (bytes: Uint8Array): Uint8Array | undefined => indicesOf(palettedIn(bytes));

/** The values of a PNG of greys of less than 8 bits as stored, by row; `undefined` of other files. */
export const fewBitGreys = (bytes: Uint8Array): Uint8Array | undefined => indicesOf(fewBitsIn(bytes));

/** What decoders multiply the greys of a PNG of 2 or 4 bits with; 1 of other files. */
export function greyFactor(bytes: Uint8Array): number {
  const bits = fewBitsIn(bytes)?.header[8] ?? 1;
  return bits === 1 ? 1 : 255 / (2 ** bits - 1);
}

function indicesOf(found: Packed | undefined): Uint8Array | undefined {
  if (found === undefined) return undefined;
  const [width, height] = [found.header.readUInt32BE(0), found.header.readUInt32BE(4)];
  if (width * height > defaultLimits.frameSamples) return undefined;
  const indices = new Uint8Array(width * height);
  const isRead = forEachIndex(found, (index, at) => {
    indices[at] = index;
  });
  return isRead ? indices : undefined;
}

/** A PNG of one number of at most 8 bits a pixel. */
interface Packed {
  readonly header: Buffer;
  readonly data: Uint8Array;
}

interface Paletted extends Packed {
  readonly colours: number;
}

function palettedIn(bytes: Uint8Array): Paletted | undefined {
  const chunks = [...chunksOf(bytes)];
  const header = chunks.find(({ type }) => type === 'IHDR')?.content;
  const palette = chunks.find(({ type }) => type === 'PLTE')?.content;
  if (header === undefined || palette === undefined || header[9] !== 3) return undefined;
  return { ...packed(header, chunks), colours: Math.floor(palette.length / 3) };
}

function fewBitsIn(bytes: Uint8Array): Packed | undefined {
  const chunks = [...chunksOf(bytes)];
  const header = chunks.find(({ type }) => type === 'IHDR')?.content;
  return header === undefined || header[9] !== 0 || header[8]! >= 8 ? undefined : packed(header, chunks);
}

const packed = (header: Uint8Array, chunks: readonly Chunk[]): Packed => ({
  header: Buffer.from(header),
  data: Buffer.concat(chunks.flatMap(({ type, content }) => (type === 'IDAT' ? [content] : []))),
});

/** First column and row, and the steps to the next, of the passes of an interlaced PNG. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Calls `visit` with the number of each pixel and with its place by row. Returns whether the
 * pixels can be read, and are not too many.
 */
function forEachIndex(
  { header, data: compressed }: Packed,
  visit: (index: number, at: number) => void,
): boolean {
  const [width, height, bits] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8]!];
  if (width * height > defaultLimits.frameSamples) return false;
  const shown = header[12] === 1 ? passes : ([[0, 0, 1, 1]] as const);
  const lengthOf = (columns: number) => Math.ceil((columns * bits) / 8);
  let lines: Uint8Array;
  try {
    lines = inflateSync(compressed, { maxOutputLength: 2 * (lengthOf(width) + 8) * (height + 8) });
  } catch {
    return false;
  }
  let at = 0;
  for (const [x, y, across, down] of shown) {
    const columns = Math.ceil((width - x) / across);
    const length = lengthOf(columns);
    let above = new Uint8Array(length);
    for (let row = y; columns > 0 && row < height; row += down) {
      const line = unfiltered(lines.subarray(at + 1, at + 1 + length), above, lines[at]!);
      at += 1 + length;
      for (let column = 0; column < columns; column++) {
        const bit = column * bits;
        const index = (line[bit >> 3]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
        visit(index, row * width + x + column * across);
      }
      above = line;
    }
  }
  return true;
}

/** A line of one byte a pixel or less without its filter (PNG, section 9). */
function unfiltered(line: Uint8Array, above: Uint8Array, filter: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(above.length);
  for (let i = 0; i < out.length; i++) {
    const [left, up, corner] = [out[i - 1] ?? 0, above[i]!, above[i - 1] ?? 0];
    const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
    out[i] = line[i]! + (guesses[filter] ?? 0);
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value)) as [number, number, number];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
