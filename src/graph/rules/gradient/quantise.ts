import { int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { dataTypes } from '../../schema.js';
import { axisOf, range } from '../../shapes.js';
import { refusal } from './constant.js';

const computed =
  'its scale is that of the values themselves; quantise the model statically, or explain it before it is quantised';

/** The smallest and largest value of each quantised type. */
const ends: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  uint8: [0, 255],
  uint16: [0, 65535],
};

/**
 * Bounds of x between which the rounded value does not saturate, the scale and the zero point; each
 * broadcasts to x. Throws where the scale or zero point is computed.
 */
export function quantisedRange(
  node: Node,
  walk: Walk,
): { low: string; high: string; scale: string; zero: string | number } {
  const { mul, sub } = walk;
  const [x, s, z = ''] = node.inputs as [string, string, string?];
  if (walk.needsGradient(s) || (z !== '' && walk.needsGradient(z))) throw refusal(node, computed);
  const given = Object.entries(dataTypes).find(([, type]) => type === intOf(node, 'output_dtype', 0))?.[0];
  const type = z === '' ? (given ?? 'uint8') : walk.shape(z).type;
  const span = ends[type];
  if (!span) throw refusal(node, `it quantises to ${type}`);
  const scale = alongAxis(node, s, x, walk);
  const float = (value: string) => walk.emit('Cast', [value], { to: int(dataTypes.float32) });
  const zero = z === '' ? 0 : alongAxis(node, float(z), x, walk, z);
  const at = (end: number) => mul(scale, sub(end, zero));
  return { low: at(span[0] - 0.5), high: at(span[1] + 0.5), scale, zero };
}

/** A scalar, or a value for each position along an axis of `x`, reshaped to broadcast to `x`. */
function alongAxis(node: Node, value: string, x: string, walk: Walk, shaped = value): string {
  const { dims } = walk.shape(shaped);
  if (intOf(node, 'block_size', 0) > 0 || dims.length > 1) throw refusal(node, 'it has scales for blocks');
  if (dims.length === 0 || dims[0] === 1) return walk.reshape(value, []);
  const rank = walk.shape(x).dims.length;
  const axis = axisOf(intOf(node, 'axis', 1), rank);
  const shape = range(rank).map((i) => (i === axis ? -1 : 1));
  return walk.reshape(value, shape);
}

/**
 * y = saturate(round(x / s) + z): dx = dy / s where the rounded value is in range, else 0. This is the
 * straight-through estimator (Bengio et al. 2013, arXiv:1308.3432), as in
 * torch.fake_quantize_per_tensor_affine; the derivative itself is zero except at jumps.
 */
export const QuantizeLinear: Rule = (node, [dy], walk) => {
  const { div, greater, less, and, where } = walk;
  const [x] = node.inputs as [string];
  const { low, high, scale } = quantisedRange(node, walk);
  return [where(and(greater(x, low), less(x, high)), div(dy!, scale), 0)];
};

/** y = (x - z) s: dx = dy s */
export const DequantizeLinear: Rule = (node, [dy], walk) => {
  const [x, s] = node.inputs as [string, string];
  if (walk.needsGradient(s)) throw refusal(node, computed);
  return [walk.mul(dy!, alongAxis(node, s, x, walk))];
};

/** dx = dy, straight through as in `QuantizeLinear`; a Clip beside it says where values saturate. */
export const Round: Rule = (_, [dy]) => [dy];
