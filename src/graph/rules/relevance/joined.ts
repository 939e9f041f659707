import { int } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import type { ValueShape } from '../../shapes.js';
import { gradientRules } from '../gradient/index.js';
import { slice } from '../slice.js';
import { groupsOf } from '../window.js';
import type { Layer } from './layer.js';

export interface Part {
  readonly input: string;
  readonly weight: string;
}

export interface Joined {
  /** The sum of all parts' outputs. */
  readonly output: string;
  /** The sum over the parts of input * W' g. */
  relevance(gradient: string): string;
}

/**
 * Several parts of an input, each with weights of its own, as one convolution over all their channels: W1 * x1 + W2 * x2
 * = [W1 W2] * [x1 x2]. One pass with more channels is faster than two with few, as behind an image.
 */
export function joined(
  layer: Layer,
  parts: readonly Part[],
  bias: string | undefined,
  walk: Walk,
): Joined | undefined {
  const { node } = layer;
  const channels = walk.shape(layer.input).dims[1];
  if (node.op !== 'Conv' || groupsOf(node) !== 1 || channels === undefined || channels > 8) return undefined;
  const many = (shape: ValueShape): ValueShape => ({
    ...shape,
    dims: shape.dims.map((n, axis) => (axis === 1 ? n * parts.length : n)),
  });
  const concat = (values: readonly string[]) => walk.emit('Concat', values, { axis: int(1) });
  const input = concat(parts.map((part) => part.input));
  const weight = concat(parts.map((part) => part.weight));
  const shapes = new Map([
    [input, many(walk.shape(layer.input))],
    [weight, many(walk.shape(node.inputs[1]!))],
  ]);
  const whole: Node = { ...node, inputs: [input, weight] };
  const inner: Walk = {
    ...walk,
    shape: (value) => shapes.get(value) ?? walk.shape(value),
    wanted: (value) => value === input,
  };
  return {
    output: layer.forward(walk, input, weight, bias),
    relevance(gradient) {
      const all = walk.emit('Mul', [input, gradientRules.Conv!(whole, [gradient], inner)[0]!]);
      return parts
        .map((_, i) => slice(walk, all, [{ axis: 1, start: i * channels, end: (i + 1) * channels, step: 1 }]))
        .reduce((a, b) => walk.emit('Add', [a, b]));
    },
  };
}
