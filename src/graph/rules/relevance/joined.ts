import type { Walk } from '../../backward.js';
import type { ValueShape } from '../../shapes.js';
import { gradientRules } from '../gradient/index.js';
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
  const { mul, slice, add } = walk;
  const { node } = layer;
  if (!isJoined(layer, walk)) return undefined;
  const channels = walk.shape(layer.input).dims[1]!;
  const many = (shape: ValueShape): ValueShape => ({
    ...shape,
    dims: shape.dims.map((n, axis) => (axis === 1 ? n * parts.length : n)),
  });
  const inputs = parts.map((part) => part.input);
  const input = known.get(inputs.join()) ?? walk.concat(inputs, 1);
  known.set(inputs.join(), input);
  const weight = walk.concat(
    parts.map((part) => part.weight),
    1,
  );
  const shapes = new Map([
    [input, many(walk.shape(layer.input))],
    [weight, many(walk.shape(node.inputs[1]!))],
  ]);
  const inner: Walk = {
    ...walk,
    shape: (value) => shapes.get(value) ?? walk.shape(value),
    needsGradient: (value) => value === input,
  };
  return {
    input,
    output: layer.forward(walk, input, weight, bias),
    back(gradient, factor = 1) {
      const scaled = factor === 1 ? weight : mul(weight, factor);
      shapes.set(scaled, inner.shape(weight));
      return gradientRules.Conv({ ...node, inputs: [input, scaled] }, [gradient], inner)[0]!;
    },
    sum: (value) =>
      parts
        .map((_, i) => slice(value, [{ axis: 1, start: i * channels, end: (i + 1) * channels, step: 1 }]))
        .reduce((a, b) => add(a, b)),
  };
}
