import { int, intsOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { groupsOf, windowOf } from '../../graph/rules/window.js';
import type { Shapes } from '../../graph/shapes.js';
import type { Steps } from '../../graph/steps.js';
import type { Lowering } from './lowering.js';
import { overTaps, padded, type Sliding } from './taps.js';

/**
 * Computes a convolution as one matrix product per sample and group: the weights times the concatenated
 * inputs of all taps, the taps of the last axis outermost.
 */
export const Conv: Lowering = (node, s, shapes) => {
  const [x, w] = node.inputs as [string, string];
  const kernel = kernelOf(node, s, shapes);
  const axes = kernel && slidingOf(node, kernel, shapes);
  if (!axes) return false;
  const order = [0, ...axes.map((_, i) => i + 2).reverse(), 1];
  const rows = s.emit('Flatten', [s.transpose(w, order)], { axis: int(1) }); // [O, taps C/g]
  const groups = groupsOf(node);
  const weights = s.reshape(s.unsqueeze(rows, [0]), [groups, -1, 0]);
  product(node, weights, grouped(padded(x, 2, axes, s), groups, axes.length, s), axes, s);
  return true;
};

/**
 * Inserts zeros between the input's elements, then convolves with the flipped kernel. Windows that do not
 * overlap, as those of patches, are set side by side instead, without the zeros.
 */
export const ConvTranspose: Lowering = (node, s, shapes) => {
  const [x, w] = node.inputs as [string, string];
  const kernel = kernelOf(node, s, shapes);
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  if (!kernel || intsOf(node, 'output_shape') || (auto !== 'NOTSET' && auto !== 'VALID')) return false;
  const of = (name: string, otherwise: number) => kernel.map((_, i) => intsOf(node, name)?.[i] ?? otherwise);
  const strides = of('strides', 1);
  const dilations = of('dilations', 1);
  const extra = of('output_padding', 0);
  const pads = intsOf(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const apartBy = kernel.map((length, i) => strides[i] === length && dilations[i] === 1);
  if (apartBy.every(Boolean) && [...pads, ...extra].every((length) => length === 0)) {
    sideBySide(node, kernel, s);
    return true;
  }
  const axes = kernel.map((length, i): Sliding => {
    const reach = dilations[i]! * (length - 1);
    return {
      kernel: length,
      stride: 1,
      dilation: dilations[i]!,
      padBegin: reach - pads[i]!,
      padEnd: reach - pads[i + kernel.length]! + extra[i]! - (strides[i]! - 1),
    };
  });
  const groups = groupsOf(node);
  // Reshapes [C, O/g, ..] to [g, C/g, O/g, ..], then transposes to [g, O/g, taps C/g].
  const split = s.reshape(s.unsqueeze(w, [0]), [groups, -1, 0, ...kernel.map(() => 0)]);
  const order = [0, 2, ...kernel.map((_, i) => i + 3).reverse(), 1];
  const weights = s.reshape(s.transpose(split, order), [0, 0, -1]);
  const spread = padded(apart(x, strides, s), 2, axes, s);
  product(node, weights, grouped(spread, groups, axes.length, s), axes, s, 'flipped');
  return true;
};

/**
 * Multiplies the weights `[g, O/g, taps C/g]` by what the taps of the kernel, or of the flipped one, read of
 * `x` `[N, g, C/g, ..]`, and adds the bias.
 */
function product(
  node: Node,
  weights: string,
  x: string,
  axes: readonly Sliding[],
  s: Steps,
  kernel?: 'flipped',
): void {
  const { concat, reshape, emit, whole, matMul } = s;
  const all = overTaps(x, 3, axes, s, (taps) => concat(kernel ? taps.toReversed() : taps, 2));
  const columns = reshape(all, [0, 0, 0, -1]);
  const lengths = emit('Shape', [all], { start: int(3) });
  const target = concat([whole(0, -1), lengths], 0);
  const bias = node.inputs[2];
  const products = matMul(weights, columns); // [N, g, O/g, positions]
  const y = emit('Reshape', [products, target], {}, bias ? undefined : node.outputs[0]);
  if (!bias) return;
  const byChannel = reshape(bias, [-1, ...axes.map(() => 1)]);
  emit('Add', [y, byChannel], {}, node.outputs[0]);
}

/** A transposed convolution whose windows touch and do not overlap. */
function sideBySide(node: Node, kernel: readonly number[], s: Steps): void {
  const [x, w, bias] = node.inputs as [string, string, string?];
  const { reshape, emit, whole, concat, mul, transpose, unsqueeze, matMul } = s;
  const groups = groupsOf(node);
  const rank = kernel.length;
  const split = reshape(unsqueeze(reshape(w, [0, -1]), [0]), [groups, -1, 0]); // [g, C/g, O/g taps]
  const columns = reshape(grouped(x, groups, rank, s), [0, 0, 0, -1]);
  const products = matMul(transpose(split, [0, 2, 1]), columns); // [N, g, O/g taps, positions]
  const lengths = emit('Shape', [x], { start: int(2) });
  const parted = emit('Reshape', [products, concat([whole(0, -1, ...kernel), lengths], 0)]);
  const order = kernel.flatMap((_, i) => [2 + rank + i, 2 + i]);
  const target = concat([whole(0, 0), mul(lengths, whole(...kernel))], 0);
  const joined = [transpose(parted, [0, 1, ...order]), target];
  const y = emit('Reshape', joined, {}, bias ? undefined : node.outputs[0]);
  if (bias) emit('Add', [y, reshape(bias, [-1, ...kernel.map(() => 1)])], {}, node.outputs[0]);
}

/** Reshapes `[N, C, ..]` to `[N, g, C/g, ..]`. */
function grouped(x: string, groups: number, rank: number, { unsqueeze, whole, emit }: Steps): string {
  if (groups === 1) return unsqueeze(x, [1]);
  const target = whole(0, groups, -1, ...Array<number>(rank).fill(0));
  return emit('Reshape', [unsqueeze(x, [2]), target]);
}

/** Inserts stride - 1 zeros after each element. */
function apart(
  x: string,
  strides: readonly number[],
  { unsqueeze, emit, whole, number, mul, concat }: Steps,
): string {
  if (strides.every((stride) => stride === 1)) return x;
  const behind = strides.map((_, i) => 2 * i + 3);
  const split = unsqueeze(x, [...behind]);
  const zeros = [...strides.map(() => 0), ...strides.map((stride) => stride - 1)];
  const filled = emit('Pad', [split, whole(...zeros), number(0), whole(...behind)]);
  const lengths = mul(emit('Shape', [x], { start: int(2) }), whole(...strides));
  return emit('Reshape', [filled, concat([whole(0, 0), lengths], 0)]);
}

/** The kernel size from the node's attribute, or from the shape of its weights. */
function kernelOf(node: Node, s: Steps, shapes: Shapes): readonly number[] | undefined {
  const w = node.inputs[1]!;
  return intsOf(node, 'kernel_shape') ?? (s.edit.known(w)?.shape ?? shapes.get(w)?.dims)?.slice(2);
}

/**
 * The windows of a node. Derives SAME padding and ceil mode from the shapes; `undefined` when these are
 * unknown.
 */
export function slidingOf(
  node: Node,
  kernel: readonly number[],
  shapes: Shapes,
): readonly Sliding[] | undefined {
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  const ceil = node.attributes.ceil_mode?.kind === 'int' && node.attributes.ceil_mode.value === 1;
  if (auto.startsWith('SAME') || ceil) {
    const known = [node.inputs[0]!, node.outputs[0]!].map((value) => shapes.get(value));
    if (!known.every((shape) => shape !== undefined)) return undefined;
    return windowOf(node, { shape: (value) => shapes.get(value)! }, kernel);
  }
  const pads = auto === 'VALID' ? undefined : intsOf(node, 'pads');
  return kernel.map((length, i) => ({
    kernel: length,
    stride: intsOf(node, 'strides')?.[i] ?? 1,
    dilation: intsOf(node, 'dilations')?.[i] ?? 1,
    padBegin: pads?.[i] ?? 0,
    padEnd: pads?.[i + kernel.length] ?? 0,
  }));
}
