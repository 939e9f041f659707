import { floatOf, intOf } from '../../graph/attributes.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';

/** y = scale[c] x + shift[c], where c is the index along axis 1. */
export interface Affine {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

interface Within {
  readonly graph: Graph;
  readonly shapes: Shapes;
}

/**
 * The scale and shift of a BatchNormalization, or of an Add, Sub, Mul or Div with a constant by channel;
 * `undefined` for other nodes.
 */
export function affineOf(node: Node, at: Within): Affine | undefined {
  if (node.domain !== '') return undefined;
  const constant = (value: string | undefined) => at.graph.initializers.get(value ?? '');
  if (node.op === 'BatchNormalization') {
    const all = node.inputs.slice(1, 5).map(constant);
    if (!all.every((c) => c !== undefined) || intOf(node, 'training_mode', 0) === 1) return undefined;
    const [scale, shift, mean, variance] = all.map(numbers) as [number[], number[], number[], number[]];
    const epsilon = floatOf(node, 'epsilon', 1e-5);
    const factor = scale.map((s, c) => s / Math.sqrt(variance[c]! + epsilon));
    return { scale: factor, shift: factor.map((f, c) => shift[c]! - f * mean[c]!) };
  }
  const index = constant(node.inputs[0]) ? 0 : 1;
  const by = constant(node.inputs[index]);
  const form = forms[node.op];
  const dims = at.shapes.get(node.outputs[0]!)?.dims ?? [];
  if (!by || !form || (index === 0 && (node.op === 'Sub' || node.op === 'Div'))) return undefined;
  // A constant that repeats the value, one score against several thresholds, is no scale of its channels.
  const repeats = at.shapes.get(node.inputs[1 - index]!)?.dims.join() !== dims.join();
  if (repeats || !alongChannels(by.shape, dims.length)) return undefined;
  const values = numbers(by).map(form);
  return { scale: values.map((v) => v[0]), shift: values.map((v) => v[1]) };
}

/** Scale and shift of `x op c`. */
const forms: Readonly<Record<string, (c: number) => readonly [number, number]>> = {
  Mul: (c) => [c, 0],
  Div: (c) => [1 / c, 0],
  Add: (c) => [1, c],
  Sub: (c) => [1, -c],
};

/** The non-constant input of such a node. */
export const affineInput = (node: Node, at: Within): string =>
  node.op !== 'BatchNormalization' && at.graph.initializers.has(node.inputs[0]!)
    ? node.inputs[1]!
    : node.inputs[0]!;

/** Whether a constant broadcasts as a scalar or along the channel axis of a value with `rank` axes. */
function alongChannels(shape: readonly number[], rank: number): boolean {
  const lead = rank - shape.length;
  return lead >= 0 && shape.every((length, axis) => length === 1 || axis + lead === 1);
}

export const spread = ({ scale, shift }: Affine, channels: number): Affine =>
  scale.length === channels
    ? { scale, shift }
    : { scale: Array(channels).fill(scale[0]), shift: Array(channels).fill(shift[0]) };
