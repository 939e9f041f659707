import { intOf } from '../../attributes.js';
import { float32, numbers } from '../../elements.js';
import type { Constant } from '../../graph.js';
import type { Unfuse } from './unfused.js';

/**
 * y = A W' + bias, with the weights W `[N, K]` stored as numbers of 4 or 8 bits in blocks along K that share
 * a scale and a zero point.
 */
export const blockedProduct: Unfuse = (node, s) => {
  const [a, b, scales, zeros, order, bias] = node.inputs as [
    string,
    string,
    string,
    ...(string | undefined)[],
  ];
  const [packed, scale] = [s.edit.known(b), s.edit.known(scales)];
  const zero = zeros ? s.edit.known(zeros) : undefined;
  const bits = intOf(node, 'bits', 4);
  if (order || !packed || !scale || (zeros && !zero) || (bits !== 4 && bits !== 8)) return undefined;
  const [rows, length, block] = ['N', 'K', 'block_size'].map((name) => intOf(node, name, 0));
  const weights = unpacked(packed, scale, zero, { rows: rows!, length: length!, block: block!, bits });
  const product = s.matMul(a, s.edit.constant(weights));
  if (bias) s.emit('Add', [product, bias], {}, node.outputs[0]);
  else s.emit('Identity', [product], {}, node.outputs[0]);
  return s.nodes;
};

interface Blocks {
  readonly rows: number;
  readonly length: number;
  readonly block: number;
  readonly bits: 4 | 8;
}

/** The weights `[K, N]` as numbers. */
function unpacked(
  packed: Constant,
  scale: Constant,
  zero: Constant | undefined,
  { rows, length, block, bits }: Blocks,
): Constant {
  const blocks = Math.ceil(length / block);
  const [bytes, steps, zeros] = [numbers(packed), numbers(scale), zero && numbers(zero)];
  // In bytes, the lower half comes first; each row, and each row of zero points, begins a byte.
  const at = (values: readonly number[], from: number, i: number) =>
    bits === 8 ? values[from + i]! : (values[from + (i >> 1)]! >> (4 * (i & 1))) & 15;
  const perByte = 8 / bits;
  const zeroOf = (row: number, of: number) =>
    !zeros
      ? 2 ** (bits - 1)
      : zero!.type === 'uint8'
        ? at(zeros, row * Math.ceil(blocks / perByte), of)
        : zeros[row * blocks + of]!;
  const data = new Float32Array(length * rows);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < length; i++) {
      const of = Math.floor(i / block);
      const value = at(bytes, (row * blocks + of) * (block / perByte), i % block);
      data[i * rows + row] = (value - zeroOf(row, of)) * steps[row * blocks + of]!;
    }
  return float32(data, [length, rows]);
}
