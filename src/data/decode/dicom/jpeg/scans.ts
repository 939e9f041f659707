import { inputError } from '../../../../base/errors.js';
import type { BitReader } from './bits.js';
import { decodeSymbol, type HuffmanTable } from './huffman.js';
import type { Frame, Scan, Tables } from './segments.js';

/** A component's coefficients, block after block, each in zigzag order. */
export interface Plane {
  /** Blocks per line and lines of blocks, padded to whole MCUs. */
  readonly across: number;
  readonly down: number;
  /** The blocks that hold the image: what a scan of this component alone codes. */
  readonly blocksAcross: number;
  readonly blocksDown: number;
  readonly coefficients: Int16Array;
}

export function planesOf({ components, width, height, hMax, vMax }: Frame): Plane[] {
  const mcusAcross = Math.ceil(width / (8 * hMax));
  const mcusDown = Math.ceil(height / (8 * vMax));
  return components.map(({ h, v }) => ({
    across: mcusAcross * h,
    down: mcusDown * v,
    blocksAcross: Math.ceil(Math.ceil((width * h) / hMax) / 8),
    blocksDown: Math.ceil(Math.ceil((height * v) / vMax) / 8),
    coefficients: new Int16Array(mcusAcross * h * mcusDown * v * 64),
  }));
}

type BlockDecoder = (part: Part, at: number) => void;

interface Part {
  readonly plane: Plane;
  readonly h: number;
  readonly v: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  predictor: number;
}

/** Decodes one scan of a DCT frame into its planes (T.81 annexes F and G). */
export function decodeScan(bits: BitReader, frame: Frame, scan: Scan, tables: Tables, planes: Plane[]): void {
  const parts = scan.components.map(({ index, dc, ac }): Part => {
    const { h, v } = frame.components[index]!;
    return { plane: planes[index]!, h, v, dc: tables.dc[dc], ac: tables.ac[ac], predictor: 0 };
  });
  const { block, reset } = blockDecoder(bits, frame, scan);
  const single = parts.length === 1 ? parts[0]! : undefined;
  const across = single?.plane.blocksAcross ?? Math.ceil(frame.width / (8 * frame.hMax));
  const down = single?.plane.blocksDown ?? Math.ceil(frame.height / (8 * frame.vMax));
  const units = across * down;
  for (let unit = 0; unit < units; unit++) {
    if (tables.restartInterval > 0 && unit > 0 && unit % tables.restartInterval === 0) {
      bits.restart();
      reset();
      for (const part of parts) part.predictor = 0;
    }
    const x = unit % across;
    const y = Math.floor(unit / across);
    if (single !== undefined) block(single, (y * single.plane.across + x) * 64);
    else for (const part of parts) decodeUnit(part, x, y, block);
  }
}

function decodeUnit(part: Part, x: number, y: number, block: BlockDecoder): void {
  const { h, v, plane } = part;
  for (let j = 0; j < v; j++) {
    for (let i = 0; i < h; i++) block(part, ((y * v + j) * plane.across + x * h + i) * 64);
  }
}

function blockDecoder(bits: BitReader, frame: Frame, scan: Scan): { block: BlockDecoder; reset(): void } {
  if (frame.kind === 'sequential') return { block: (part, at) => sequential(bits, part, at), reset() {} };
  const { first, last, high, low } = scan;
  if (first > last || last > 63 || (first === 0) !== (last === 0) || low > 13) {
    throw inputError('a scan of its JPEG frame selects impossible coefficients');
  }
  if (first === 0) {
    return {
      block: (part, at) => (high === 0 ? dcFirst(bits, part, at, low) : dcRefine(bits, part, at, low)),
      reset() {},
    };
  }
  if (scan.components.length > 1) throw inputError('an AC scan of its JPEG frame names several components');
  const run = { left: 0 };
  return {
    block: (part, at) =>
      high === 0 ? acFirst(bits, part, at, scan, run) : acRefine(bits, part, at, scan, run),
    reset: () => {
      run.left = 0;
    },
  };
}

const need = (table: HuffmanTable | undefined): HuffmanTable => {
  if (table === undefined)
    throw inputError('a scan of its JPEG frame uses a Huffman table that is not there');
  return table;
};

function difference(bits: BitReader, part: Part): number {
  const size = decodeSymbol(bits, need(part.dc));
  if (size > 15) throw inputError('its JPEG frame holds an impossible difference');
  part.predictor += bits.takeSigned(size);
  return part.predictor;
}

function sequential(bits: BitReader, part: Part, at: number): void {
  const { coefficients } = part.plane;
  const ac = need(part.ac);
  coefficients[at] = difference(bits, part);
  for (let k = 1; k < 64; k++) {
    const symbol = decodeSymbol(bits, ac);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) break;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw inputError('a block of its JPEG frame runs over its end');
    coefficients[at + k] = bits.takeSigned(size);
  }
}

function dcFirst(bits: BitReader, part: Part, at: number, low: number): void {
  part.plane.coefficients[at] = difference(bits, part) << low;
}

function dcRefine(bits: BitReader, { plane }: Part, at: number, low: number): void {
  if (bits.take(1) === 1) plane.coefficients[at]! |= 1 << low;
}

function acFirst(bits: BitReader, part: Part, at: number, { first, last, low }: Scan, run: { left: number }) {
  if (run.left > 0) {
    run.left -= 1;
    return;
  }
  const ac = need(part.ac);
  for (let k = first; k <= last; k++) {
    const symbol = decodeSymbol(bits, ac);
    const zeros = symbol >> 4;
    const size = symbol & 15;
    if (size === 0 && zeros < 15) {
      run.left = (1 << zeros) - 1 + bits.take(zeros);
      return;
    }
    k += zeros;
    if (size === 0) continue;
    if (k > 63) throw inputError('a block of its JPEG frame runs over its end');
    part.plane.coefficients[at + k] = bits.takeSigned(size) << low;
  }
}

/** G.1.2.3: every coefficient that is not zero yet gets one more bit; new ones come in between. */
function acRefine(
  bits: BitReader,
  part: Part,
  at: number,
  { first, last, low }: Scan,
  run: { left: number },
) {
  const { coefficients } = part.plane;
  const ac = need(part.ac);
  const bit = 1 << low;
  const refine = (i: number) => {
    const value = coefficients[i]!;
    if (bits.take(1) === 1 && (Math.abs(value) & bit) === 0)
      coefficients[i] = value + (value > 0 ? bit : -bit);
  };
  let k = first;
  while (run.left === 0 && k <= last) {
    const symbol = decodeSymbol(bits, ac);
    let zeros = symbol >> 4;
    const size = symbol & 15;
    if (size === 0 && zeros < 15) {
      run.left = (1 << zeros) + bits.take(zeros);
      break;
    }
    const fresh = size === 0 ? 0 : bits.take(1) === 1 ? bit : -bit;
    for (; k <= last; k++) {
      if (coefficients[at + k] !== 0) refine(at + k);
      else if (zeros-- === 0) break;
    }
    if (fresh !== 0 && k <= last) coefficients[at + k] = fresh;
    k += 1;
  }
  if (run.left > 0) {
    for (; k <= last; k++) if (coefficients[at + k] !== 0) refine(at + k);
    run.left -= 1;
  }
}
