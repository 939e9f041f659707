import * as tf from '@tensorflow/tfjs';
import { floatOf, floatsOf, intOf, intsOf, stringOf, tensorOf } from '../../graph/attributes.js';
import { float32, int64, scalar } from '../../graph/elements.js';
import type { Node } from '../../graph/graph.js';
import { axisOf } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { pad, type Span, taken } from './cut.js';
import {
  fromConstant,
  type Operator,
  type Operators,
  plain,
  type Value,
  wholeNumbers,
  wholes,
} from './value.js';

/** A reshaped value; keeps its host copy. */
const shaped = (x: Value, shape: readonly number[]): Value => ({
  ...x,
  tensor: tf.reshape(x.tensor, [...shape]),
});

const Reshape: Operator = ([x, target], node) => {
  const { shape } = x!.tensor;
  const lengths = wholes(target)!.map((length, axis) =>
    length === 0 && !intOf(node, 'allowzero', 0) ? shape[axis]! : length,
  );
  return [shaped(x!, lengths)];
};

const Flatten: Operator = ([x], node) => {
  const { shape } = x!.tensor;
  const axis = axisOf(intOf(node, 'axis', 1), shape.length);
  return [shaped(x!, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])];
};

const Squeeze: Operator = ([x, given]) => {
  const { shape } = x!.tensor;
  const axes = wholes(given)?.map((axis) => axisOf(axis, shape.length));
  const kept = shape.filter((length, axis) => !(axes ? axes.includes(axis) : length === 1));
  return [shaped(x!, kept)];
};

const Unsqueeze: Operator = ([x, given]) => {
  const added = wholes(given)!;
  const rank = x!.tensor.rank + added.length;
  const axes = added.map((axis) => axisOf(axis, rank));
  const rest = [...x!.tensor.shape];
  const lengths = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
  return [shaped(x!, lengths)];
};

const Split: Operator = ([x, given], node) => {
  const axis = axisOf(intOf(node, 'axis', 0), x!.tensor.rank);
  const length = x!.tensor.shape[axis]!;
  const each = Math.ceil(length / node.outputs.length);
  const sizes = wholes(given) ?? node.outputs.map((_, i) => Math.min(each, length - i * each));
  return tf.split(x!.tensor, [...sizes], axis).map((tensor) => ({ type: x!.type, tensor }));
};

const Slice: Operator = ([x, starts, ends, axes, steps]) => {
  const { shape, rank } = x!.tensor;
  const cuts = new Map<number, Span>();
  for (const [i, start] of wholes(starts)!.entries()) {
    const axis = axisOf(wholes(axes)?.[i] ?? i, rank);
    const step = wholes(steps)?.[i] ?? 1;
    const length = shape[axis]!;
    const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
    const clamped = (position: number, least: number) =>
      Math.min(high, Math.max(least, position < 0 ? position + length : position));
    const from = clamped(start, 0);
    const count = Math.max(0, Math.ceil((clamped(wholes(ends)![i]!, low) - from) / step));
    cuts.set(axis, { from, count, step });
  }
  const tensor = taken(x!.tensor, cuts);
  const known = x!.host && rank === 1 ? { host: Array.from(tensor.dataSync()) } : {};
  return [{ type: x!.type, tensor, ...known }];
};

const Pad: Operator = ([x, given, value, listed], node) => {
  const { rank } = x!.tensor;
  const axes = wholes(listed)?.map((axis) => axisOf(axis, rank));
  const amounts = wholes(given)!;
  const all = (part: number) =>
    x!.tensor.shape.map((_, axis) => {
      const at = axes ? axes.indexOf(axis) : axis;
      return at < 0 ? 0 : amounts[at + part * (axes?.length ?? rank)]!;
    });
  const filler = value ? value.tensor.dataSync()[0]! : 0;
  return [
    { type: x!.type, tensor: pad(x!.tensor, all(0), all(1), filler, stringOf(node, 'mode', 'constant')) },
  ];
};

/** DepthToSpace or SpaceToDepth on `[N, C, H, W]`: a reshape, a transpose and a reshape. */
const blocks = (
  split: (shape: readonly number[], b: number, node: Node) => readonly number[],
  perm: (node: Node) => number[],
  joined: (shape: readonly number[], b: number) => number[],
): Operator =>
  plain(([x], node) => {
    const b = intOf(node, 'blocksize', 1);
    const apart = tf.reshape(x!, [...split(x!.shape, b, node)]);
    return tf.reshape(tf.transpose(apart, perm(node)), joined(x!.shape, b));
  });

const columnFirst = (node: Node) => stringOf(node, 'mode', 'DCR') === 'CRD';

const DepthToSpace = blocks(
  ([n, c, h, w], b, node) =>
    columnFirst(node) ? [n!, c! / (b * b), b, b, h!, w!] : [n!, b, b, c! / (b * b), h!, w!],
  (node) => (columnFirst(node) ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]),
  ([n, c, h, w], b) => [n!, c! / (b * b), h! * b, w! * b],
);

const SpaceToDepth = blocks(
  ([n, c, h, w], b) => [n!, c!, h! / b, b, w! / b, b],
  () => [0, 3, 5, 1, 2, 4],
  ([n, c, h, w], b) => [n!, c! * b * b, h! / b, w! / b],
);

const Shape: Operator = ([x], node) => {
  const { shape, rank } = x!.tensor;
  const lengths = shape.slice(axisOf(intOf(node, 'start', 0), rank), axisOf(intOf(node, 'end', rank), rank));
  return [wholeNumbers(lengths, [lengths.length])];
};

const ConstantOfShape: Operator = ([target], node) => {
  const value = tensorOf(node, 'value') ?? scalar(0);
  const single = fromConstant({ ...value, shape: [] });
  return [{ type: value.type, tensor: tf.broadcastTo(single.tensor, [...wholes(target)!]) }];
};

const Constant: Operator = (_, node) => {
  const [name] = Object.keys(node.attributes);
  const held = tensorOf(node, 'value');
  if (held) return [fromConstant(held)];
  if (name === 'value_int') return [fromConstant({ ...int64([intOf(node, name, 0)]), shape: [] })];
  if (name === 'value_ints') return [fromConstant(int64(intsOf(node, name)!))];
  if (name === 'value_float') return [fromConstant(scalar(floatOf(node, name, 0)))];
  return [fromConstant(float32([...(floatsOf(node, 'value_floats') ?? [])]))];
};

const Concat: Operator = (inputs, node) => {
  const { type, tensor } = inputs[0]!;
  const joined = tf.concat(
    inputs.map((input) => input!.tensor),
    axisOf(intOf(node, 'axis', 0), tensor.rank),
  );
  const known = inputs.every((input) => input!.host) ? inputs.flatMap((input) => input!.host!) : undefined;
  return [{ type, tensor: joined, ...(known && joined.rank === 1 && { host: known }) }];
};

export const layout: Operators = {
  Concat,
  Constant,
  ConstantOfShape,
  DepthToSpace,
  Expand: ([x, target]) => {
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(x!.tensor.shape, [...wholes(target)!]);
    return [{ type: x!.type, tensor: tf.broadcastTo(x!.tensor, shape) }];
  },
  Flatten,
  Pad,
  Reshape,
  Shape,
  Size: ([x]) => [wholeNumbers([x!.tensor.size], [])],
  Slice,
  SpaceToDepth,
  Split,
  Squeeze,
  Tile: ([x, repeats]) => [{ type: x!.type, tensor: tf.tile(x!.tensor, [...wholes(repeats)!]) }],
  Transpose: plain(([x], node) =>
    tf.transpose(x!, [...(intsOf(node, 'perm') ?? x!.shape.map((_, axis) => x!.rank - 1 - axis))]),
  ),
  Unsqueeze,
};
