import { noColour } from './palette.js';

/** Throws where pixels of a frame of a GIF have no colour in its table: decoders take them for any. */
export function checkColours(bytes: Uint8Array, frame: number): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.toString('latin1', 0, 4) !== 'GIF8') return;
  const found = frameOf(file, frame);
  if (found === undefined || 2 ** found.codeBits <= found.colours) return;
  const highest = highestIndex(found.data, found.codeBits, found.transparent);
  if (highest >= found.colours) throw noColour(found.colours, highest);
}

interface Frame {
  readonly colours: number;
  readonly codeBits: number;
  readonly data: Uint8Array;
  readonly transparent: number | undefined;
}

const coloursOf = (flags: number): number => (flags & 0x80 ? 2 << (flags & 7) : 0);

/** A frame as stored (GIF89a specification, sections 20 to 23); `undefined` where the file ends before. */
function frameOf(file: Buffer, wanted: number): Frame | undefined {
  const shared = coloursOf(file[10] ?? 0);
  let transparent: number | undefined;
  let seen = 0;
  for (let at = 13 + 3 * shared; at < file.length; ) {
    const kind = file[at];
    if (kind === 0x21) {
      const { data, end } = blocksFrom(file, at + 2);
      if (file[at + 1] === 0xf9) transparent = (data[0] ?? 0) & 1 ? data[3] : undefined;
      at = end;
    } else if (kind === 0x2c && at + 10 < file.length) {
      const own = coloursOf(file[at + 9]!);
      const start = at + 10 + 3 * own;
      const { data, end } = blocksFrom(file, start + 1);
      if (seen === wanted) return { colours: own || shared, codeBits: file[start] ?? 0, data, transparent };
      [seen, transparent, at] = [seen + 1, undefined, end];
    } else return undefined;
  }
  return undefined;
}

/** The contents of blocks up to the empty one, and where they end. */
function blocksFrom(file: Buffer, from: number): { readonly data: Buffer; readonly end: number } {
  const blocks: Buffer[] = [];
  let at = from;
  while (at < file.length && file[at] !== 0) {
    blocks.push(file.subarray(at + 1, at + 1 + file[at]!));
    at += 1 + file[at]!;
  }
  return { data: Buffer.concat(blocks), end: at + 1 };
}

const LONGEST = 12;

/** The highest colour of compressed pixels: that of the codes of one pixel, of which all others consist. */
function highestIndex(data: Uint8Array, codeBits: number, transparent: number | undefined): number {
  const clear = 2 ** codeBits;
  let [highest, bits, codes, bit] = [-1, codeBits + 1, clear + 1, 0];
  while (bit + bits <= 8 * data.length) {
    const at = bit >> 3;
    const word = data[at]! | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16);
    const code = (word >> (bit & 7)) & (2 ** bits - 1);
    bit += bits;
    if (code === clear + 1) break;
    if (code === clear) {
      [bits, codes] = [codeBits + 1, clear + 1];
      continue;
    }
    if (code < clear && code !== transparent) highest = Math.max(highest, code);
    codes = Math.min(codes + 1, 2 ** LONGEST);
    if (codes === 2 ** bits && bits < LONGEST) bits++;
  }
  return highest;
}
