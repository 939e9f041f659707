import { inputError, unsupported } from '../../../../base/errors.js';
import type { BitReader } from './bits.js';
import { decodeSymbol, type HuffmanTable } from './huffman.js';
import type { Frame, Scan, Tables } from './segments.js';

/** Decodes one scan of a lossless frame (T.81 annex H) into samples, pixel after pixel. */
export function decodeLossless(
  bits: BitReader,
  frame: Frame,
  scan: Scan,
  tables: Tables,
  out: Uint16Array,
): void {
  const { width, height, precision, components } = frame;
  if (components.some(({ h, v }) => h !== frame.hMax || v !== frame.vMax)) {
    throw unsupported('lossless JPEG with subsampled channels is not supported');
  }
  if (scan.first < 1 || scan.first > 7) throw inputError(`its JPEG frame asks for predictor ${scan.first}`);
  const huffman = scan.components.map(({ dc }) => {
    const table = tables.dc[dc];
    if (table === undefined)
      throw inputError('a scan of its JPEG frame uses a Huffman table that is not there');
    return table;
  });
  const samples = components.length;
  const stride = width * samples;
  const initial = 2 ** (precision - scan.low - 1);
  const { restartInterval } = tables;
  let firstRow = true;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const unit = y * width + x;
      if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
        if (x !== 0) throw unsupported('lossless JPEG with restarts within a row is not supported');
        bits.restart();
        firstRow = true;
      }
      for (let i = 0; i < huffman.length; i++) {
        const at = unit * samples + scan.components[i]!.index;
        const predicted =
          x === 0
            ? firstRow
              ? initial
              : out[at - stride]!
            : firstRow
              ? out[at - samples]!
              : predict(scan.first, out[at - samples]!, out[at - stride]!, out[at - stride - samples]!);
        out[at] = predicted + difference(bits, huffman[i]!);
      }
    }
    firstRow = false;
  }
  if (scan.low > 0) {
    for (const { index } of scan.components) {
      for (let at = index; at < out.length; at += samples) out[at]! <<= scan.low;
    }
  }
}

/** Table H.1, of the sample to the left, the one above, and the one above that to the left. */
function predict(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}

/** Sums are modulo 2^16, which `Uint16Array` does. */
function difference(bits: BitReader, table: HuffmanTable): number {
  const size = decodeSymbol(bits, table);
  if (size > 16) throw inputError('its JPEG frame holds an impossible difference');
  return size === 16 ? 32768 : bits.takeSigned(size);
}
