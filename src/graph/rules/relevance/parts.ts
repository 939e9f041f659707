import { usageError } from '../../../base/errors.js';
import type { Walk } from '../../backward.js';
import { int64, scalar } from '../../elements.js';
import type { AtLayer } from './acceleration.js';
import type { Bound, Branch, Group, WeightPart } from './layer-rule.js';

/**
 * A branch's part of the layer's input. x+ and x- hold its positive and negative values, with zeros
 * elsewhere.
 */
export const inputOf = ({ input }: Branch, { layer, walk, once }: AtLayer): string =>
  once(input, () => inputPart(layer.input, input, walk));

function inputPart(x: string, part: Branch['input'], walk: Walk): string {
  if (part === 'whole') return x;
  if (part === 'positive') return walk.sameShape(walk.relu(x), x);
  if (part === 'negative') return walk.sameShape(walk.min(x, 0), x);
  return everywhere(part === 'ones' ? walk.constant(scalar(1)) : bound(part, x, walk), x, walk);
}

/**
 * A value expanded to the shape of `x`: to one sample, or to the whole batch if a sample has several rows.
 */
function everywhere(value: string, x: string, walk: Walk): string {
  const { dims, batchAxis } = walk.shape(x);
  const one = batchAxis === undefined || dims[batchAxis] === 1;
  const shape = one ? walk.constant(int64(dims)) : walk.shapeOf(x);
  return walk.sameShape(walk.emit('Expand', [value, shape]), x);
}

function bound(value: Bound, x: string, walk: Walk): string {
  const { dims } = walk.shape(x);
  const perChannel = value.shape.length === 1 && dims.length > 2;
  const shape = perChannel ? [value.shape[0]!, ...dims.slice(2).map(() => 1)] : value.shape;
  const inner = dims.slice(dims.length - shape.length);
  if (shape.length > dims.length || shape.some((n, axis) => n !== 1 && n !== inner[axis])) {
    throw usageError(
      `a bound of shape [${value.shape}] does not fit the first layer's input [N,${dims.slice(1)}]`,
    );
  }
  return walk.constant({ ...value, shape });
}

/** A part of the weights or of the bias. */
export function weightPart(w: string, part: WeightPart, { add, mul, min, relu, expandLike }: Walk): string {
  const signed = (sign: 'positive' | 'negative') => (sign === 'positive' ? relu(w) : min(w, 0));
  if (part === 'whole') return w;
  if (part === 'square') return mul(w, w);
  if (part === 'ones') return expandLike(1, w);
  if (typeof part === 'string') return signed(part);
  return add(w, mul(signed(part.of), part.gamma));
}

/** R where the layer's own output, without a bias that is not used, has the group's sign, else 0. */
export function relevanceOf({ where }: Group, { layer, bias, relevance, walk, once }: AtLayer): string {
  if (!where) return relevance;
  const unbiased = () => layer.forward(walk, layer.input, layer.weight, bias);
  const own = bias === layer.bias ? layer.output : once('unbiased', unbiased);
  return walk.where(where === 'positive' ? walk.greater(own, 0) : walk.less(own, 0), relevance, 0);
}
