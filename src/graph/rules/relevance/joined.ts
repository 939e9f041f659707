import { int } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { scalar } from '../../elements.js';
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
  /** All parts' inputs, one behind the other. */
  readonly input: string;
  /** The sum of all parts' outputs. */
  readonly output: string;
  /** factor W' g for each part's input. */
  back(gradient: string, factor?: number): string;
  /** The sum over the parts of a value that is shaped like `input`. */
  sum(value: string): string;
}

/** Whether parts of a layer's input are faster run as one. */
export function isJoined({ node, input }: Layer, walk: Walk): boolean {
  const channels = walk.shape(input).dims[1];
  return node.op === 'Conv' && groupsOf(node) === 1 && channels !== undefined && channels <= 8;
}

/**
 * Several parts of an input, each with weights of its own, as one convolution over all their channels: W1 * x1 + W2 * x2
 * = [W1 W2] * [x1 x2]. One pass with more channels is faster than two with few, as behind an image. `known` holds inputs that have
 * been joined already.
 */
export function joined(
  layer: Layer,
  parts: readonly Part[],
  bias: string | undefined,
  walk: Walk,
  known: Map<string, string>,
): Joined | undefined {
  const { node } = layer;
  if (!isJoined(layer, walk)) return undefined;
  const channels = walk.shape(layer.input).dims[1]!;
  const many = (shape: ValueShape): ValueShape => ({
    ...shape,
    dims: shape.dims.map((n, axis) => (axis === 1 ? n * parts.length : n)),
  });
  const concat = (values: readonly string[]) => walk.emit('Concat', values, { axis: int(1) });
  const inputs = parts.map((part) => part.input);
  const input = known.get(inputs.join()) ?? concat(inputs);
  known.set(inputs.join(), input);
  const weight = concat(parts.map((part) => part.weight));
  const shapes = new Map([
    [input, many(walk.shape(layer.input))],
    [weight, many(walk.shape(node.inputs[1]!))],
  ]);
  const inner: Walk = {
    ...walk,
    shape: (value) => shapes.get(value) ?? walk.shape(value),
    wanted: (value) => value === input,
  };
  return {
    input,
    output: layer.forward(walk, input, weight, bias),
    back(gradient, factor = 1) {
      const scaled = factor === 1 ? weight : walk.emit('Mul', [weight, walk.constant(scalar(factor))]);
      shapes.set(scaled, inner.shape(weight));
      return gradientRules.Conv!({ ...node, inputs: [input, scaled] }, [gradient], inner)[0]!;
    },
    sum: (value) =>
      parts
        .map((_, i) =>
          slice(walk, value, [{ axis: 1, start: i * channels, end: (i + 1) * channels, step: 1 }]),
        )
        .reduce((a, b) => walk.emit('Add', [a, b])),
  };
}
