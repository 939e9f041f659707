import { int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { wholeRanges } from '../../element-types.js';
import type { Node } from '../../graph.js';
import { dataTypes } from '../../schema.js';
import { axisOf, range } from '../../shapes.js';
import { refusal } from './constant.js';

const computed =
  'its scale is that of the values themselves; quantise the model statically, or explain it before it is quantised';

/** The same as `roundedRange`; throws where scale or zero point depend on what is explained. */
export function quantisedRange(node: Node, walk: Walk): RoundedRange {
  const [, s, z = ''] = node.inputs as [string, string, string?];
  if (walk.needsGradient(s) || (z !== '' && walk.needsGradient(z))) throw refusal(node, computed);
  return roundedRange(node, walk);
}

interface RoundedRange {
  readonly low: string;
  readonly high: string;
  readonly scale: string;
  readonly zero: string | number;
}

/**
 * Bounds of x between which the rounded value does not saturate, the scale and the zero point; each
 * broadcasts to x.
 */
export function roundedRange(node: Node, walk: Walk): RoundedRange {
  const { mul, sub } = walk;
  const [x, s, z = ''] = node.inputs as [string, string, string?];
  const given = Object.entries(dataTypes).find(([, type]) => type === intOf(node, 'output_dtype', 0))?.[0];
  const type = z === '' ? (given ?? 'uint8') : walk.shape(z).type;
  const span = wholeRanges[type];
  if (!span) throw refusal(node, `it quantises to ${type}`);
  const scale = alongAxis(node, s, x, walk);
  const float = (value: string) => walk.emit('Cast', [value], { to: int(dataTypes.float32) });
  const zero = z === '' ? 0 : alongAxis(node, float(z), x, walk, z);
  const at = (end: number) => mul(scale, sub(end, zero));
  return { low: at(span[0] - 0.5), high: at(span[1] + 0.5), scale, zero };
}

/** A scalar, or a value for each position along an axis of `x`, reshaped to broadcast to `x`. */
function alongAxis(node: Node, value: string, x: string, walk: Walk, shaped = value): string {
  const { dims, batchAxis } = walk.shape(shaped);
  if (intOf(node, 'block_size', 0) > 0 || dims.length > 1) throw refusal(node, 'it has scales for blocks');
  if (dims.length === 0 || (dims[0] === 1 && batchAxis === undefined)) return walk.reshape(value, []);
  const rank = walk.shape(x).dims.length;
  const axis = axisOf(intOf(node, 'axis', 1), rank);
  const shape = range(rank).map((i) => (i === axis ? -1 : 1));
  return walk.reshape(value, shape);
}

/**
 * y = saturate(round(x / s) + z): dx = dy / s and ds = -dy x / s^2 where the rounded value is in range, else
 * 0. This is the straight-through estimator (Bengio et al. 2013, arXiv:1308.3432), as in
 * torch.fake_quantize_per_tensor_affine; the derivative itself is zero except at jumps. A zero point is held:
 * what dequantises takes it off again.
 */
export const QuantizeLinear: Rule = (node, [dy], walk) => {
  const { div, greater, less, and, where, mul, neg } = walk;
  const [x, s] = node.inputs as [string, string];
  const { low, high, scale } = roundedRange(node, walk);
  const dx = where(and(greater(x, low), less(x, high)), div(dy!, scale), 0);
  return [dx, walk.needsGradient(s) ? ofScale(node, neg(mul(dx, div(x, scale))), walk) : undefined];
};

/** y = (x - z) s: dx = dy s, ds = dy (x - z) */
export const DequantizeLinear: Rule = (node, [dy], walk) => {
  const [x, s, z = ''] = node.inputs as [string, string, string?];
  const scale = alongAxis(node, s, x, walk);
  const dx = walk.mul(dy!, scale);
  if (!walk.needsGradient(s)) return [dx];
  const float = (value: string) => walk.emit('Cast', [value], { to: int(dataTypes.float32) });
  const zero = z === '' ? 0 : alongAxis(node, float(z), x, walk, z);
  return [dx, ofScale(node, walk.mul(dy!, walk.sub(float(x), zero)), walk)];
};

/** Sums what each value of x adds to the gradient of its scale. */
function ofScale(node: Node, each: string, walk: Walk): string {
  const [x, s] = node.inputs as [string, string];
  const { dims, batchAxis } = walk.shape(s);
  const rank = walk.shape(x).dims.length;
  const single = dims.length === 0 || (dims[0] === 1 && batchAxis === undefined);
  const axis = single ? -1 : axisOf(intOf(node, 'axis', 1), rank);
  const sum = walk.reduce(
    'ReduceSum',
    each,
    range(rank).filter((i) => i !== axis),
    { keepdims: int(0) },
  );
  return single ? walk.reshape(sum, dims) : sum;
}

/** dx = dy, straight through as in `QuantizeLinear`; a Clip beside it says where values saturate. */
export const Round: Rule = (_, [dy]) => [dy];
