import { floatOf, int, ints } from '../../../graph/attributes.js';
import { float32, int64, numbers } from '../../../graph/elements.js';
import type { Constant, Node } from '../../../graph/graph.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { elements } from './elements.js';
import type { Layout, Writer } from './layout.js';

export const Add: Writer = (node, layout) =>
  elements(node, layout) || withEach(node, layout, (x, each) => affine(x, undefined, each, node, layout));

export const Mul: Writer = (node, layout) =>
  elements(node, layout) || withEach(node, layout, (x, each) => affine(x, each, undefined, node, layout));

/** Writes a node of a blocked value and an operand with one number for each channel. */
function withEach(
  { inputs: [a, b] }: Node,
  layout: Layout,
  write: (x: string, each: string) => void,
): boolean {
  const x = [a!, b!].find((value) => layout.channels(value) && layout.toNchwc(value));
  const each = x === a ? b! : a!;
  const channels = x && layout.channels(x);
  const { lengths = [] } = layout.outlines.get(each) ?? {};
  if (!channels || lengths.length > 4 || lengths.at(-3) !== channels) return false;
  if (sizeOf(lengths.map(Number)) !== channels) return false;
  write(x, each);
  return true;
}

/** Writes scale x + bias by channel as a 1x1 depthwise convolution. */
function affine(
  x: string,
  scale: string | undefined,
  bias: string | undefined,
  { outputs: [y] }: Node,
  layout: Layout,
): void {
  const { edit } = layout;
  const channels = layout.channels(x)!;
  const shaped = (value: string, shape: readonly number[]) => {
    const made = edit.fresh(`${value}.each`);
    layout.add(edit.node('Reshape', [value, edit.constant(int64(shape))], made));
    return made;
  };
  const kernel = [channels, 1, 1, 1];
  const ones = () => edit.constant(float32(new Float32Array(channels).fill(1), kernel));
  const weights = scale === undefined ? ones() : shaped(scale, kernel);
  const inputs = [layout.blocked(x), weights, ...(bias === undefined ? [] : [shaped(bias, [channels])])];
  layout.internal('Conv', inputs, layout.makeBlocked(y!, channels), {
    group: int(channels),
    kernel_shape: ints([1, 1]),
  });
}

const valuesOf = (constant: Constant | undefined) => constant && numbers(constant);

/** y = scale x + bias by channel, with the mean and the variance folded into scale and bias. */
export const BatchNormalization: Writer = (node, layout) => {
  const [x, ...given] = node.inputs as [string, string, string, string, string];
  const channels = layout.channels(x);
  if (!channels || !layout.toNchwc(x) || node.outputs.length > 1) return false;
  const [scale, bias, mean, variance] = given.map((value) => valuesOf(layout.edit.known(value)));
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const plain = mean?.every((v) => v === 0) && variance?.every((v) => v === 1) && epsilon === 0;
  if (plain) {
    affine(x, given[0], given[1], node, layout);
    return true;
  }
  if (scale && bias && mean && variance) {
    const factors = scale.map((v, i) => v / Math.sqrt(variance[i]! + epsilon));
    const rest = bias.map((v, i) => v - mean[i]! * factors[i]!);
    const [kernel, added] = [factors, rest].map((values) => layout.edit.constant(float32(values)));
    affine(x, kernel, added, node, layout);
    return true;
  }
  const { edit } = layout;
  const add = (op: string, inputs: readonly string[]) => {
    const made = edit.fresh(`${node.outputs[0]}.${op}`);
    layout.add(edit.node(op, inputs, made));
    return made;
  };
  const spread = add('Sqrt', [add('Add', [given[3]!, edit.constant(float32([epsilon]))])]);
  const factors = add('Div', [given[0]!, spread]);
  affine(x, factors, add('Sub', [given[1]!, add('Mul', [given[2]!, factors])]), node, layout);
  return true;
};
