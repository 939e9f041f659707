import { inputError } from '../../../../base/errors.js';
import type { BitReader } from './bits.js';

const fastBits = 9;

/** A Huffman table (T.81 annex C): short codes are looked up at once, long ones length by length. */
export interface HuffmanTable {
  /** By the next 9 bits: code length << 8 | symbol, or 0 for longer codes. */
  readonly fast: Uint16Array;
  /** By code length: the largest code, or -1. */
  readonly largest: Int32Array;
  /** By code length: what to add to a code to find its symbol. */
  readonly offset: Int32Array;
  readonly symbols: Uint8Array;
}

/** Builds a table from the number of codes of each length 1 to 16 and the symbols in order. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const fast = new Uint16Array(1 << fastBits);
  const largest = new Int32Array(17).fill(-1);
  const offset = new Int32Array(17);
  let code = 0;
  let first = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1]!;
    if (code + count > 1 << length) throw inputError('a Huffman table of its JPEG frame is impossible');
    offset[length] = first - code;
    if (count > 0) largest[length] = code + count - 1;
    for (let i = 0; i < count && length <= fastBits; i++) {
      const begin = (code + i) << (fastBits - length);
      fast.fill((length << 8) | symbols[first + i]!, begin, begin + (1 << (fastBits - length)));
    }
    first += count;
    code = (code + count) << 1;
  }
  return { fast, largest, offset, symbols };
}

/** The next symbol. */
export function decodeSymbol(bits: BitReader, table: HuffmanTable): number {
  const ahead = bits.peek(16);
  const entry = table.fast[ahead >> (16 - fastBits)]!;
  if (entry !== 0) {
    bits.skip(entry >> 8);
    return entry & 0xff;
  }
  for (let length = fastBits + 1; length <= 16; length++) {
    const code = ahead >> (16 - length);
    if (code <= table.largest[length]!) {
      bits.skip(length);
      return table.symbols[code + table.offset[length]!]!;
    }
  }
  throw inputError('its JPEG frame holds a code that its Huffman table lacks');
}
