import { floatOf, int, intOf, intsOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { mixing, scalesOf } from '../../graph/rules/gradient/resize.js';
import type { Steps } from '../../graph/steps.js';
import { slidingOf } from './convolution.js';
import type { Lowering } from './lowering.js';
import { overTaps, padded, type Sliding } from './taps.js';

/** The axes after the channel axis, for any rank. */
const spatialAxes = (x: string, { emit, shapeOf, whole }: Steps): string => {
  const rank = emit('Size', [shapeOf(x)]);
  return emit('Range', [emit('Squeeze', [whole(2)]), rank, emit('Squeeze', [whole(1)])]);
};

const overSpace =
  (op: string): Lowering =>
  (node, s) => {
    const [x] = node.inputs as [string];
    s.emit(op, [x, spatialAxes(x, s)], { keepdims: int(1) }, node.outputs[0]);
    return true;
  };

export const GlobalAveragePool: Lowering = overSpace('ReduceMean');
export const GlobalMaxPool: Lowering = overSpace('ReduceMax');

/** The sum over the window's taps, divided by the number of elements that count. */
export const AveragePool: Lowering = (node, s, shapes) => {
  const [x] = node.inputs as [string];
  const kernel = intsOf(node, 'kernel_shape')!;
  const axes = slidingOf(node, kernel, shapes);
  if (!axes) return false;
  const sum = (value: string) => overTaps(value, 2, axes, s, (taps) => s.emit('Sum', taps));
  const plain = axes.every(({ padBegin, padEnd }) => padBegin === 0 && padEnd === 0);
  const count = plain ? s.number(kernel.reduce((n, k) => n * k, 1)) : sum(countedOf(node, axes, s));
  s.emit('Div', [sum(padded(x, 2, axes, s)), count], {}, node.outputs[0]);
  return true;
};

/** (sum |x|^p)^(1 / p) over the window's taps. */
export const LpPool: Lowering = (node, s, shapes) => {
  const axes = slidingOf(node, intsOf(node, 'kernel_shape')!, shapes);
  if (!axes) return false;
  const p = s.number(intOf(node, 'p', 2));
  const powers = padded(s.pow(s.abs(node.inputs[0]!), p), 2, axes, s);
  const sums = overTaps(powers, 2, axes, s, (taps) => s.emit('Sum', taps));
  s.emit('Pow', [sums, s.reciprocal(p)], {}, node.outputs[0]);
  return true;
};

export const GlobalLpPool: Lowering = (node, s) => {
  const [x] = node.inputs as [string];
  const p = s.number(intOf(node, 'p', 2));
  const powers = s.pow(s.abs(x), p);
  const sum = s.emit('ReduceSum', [powers, spatialAxes(x, s)], { keepdims: int(1) });
  s.emit('Pow', [sum, s.reciprocal(p)], {}, node.outputs[0]);
  return true;
};

/** 1 at elements that count in a mean, 0 elsewhere: `[1, 1, ..]`. */
function countedOf(node: Node, axes: readonly Sliding[], s: Steps): string {
  const lengths = s.emit('Shape', [node.inputs[0]!], { start: int(2) });
  const shape = s.concat([s.whole(1, 1), lengths], 0);
  const ones = s.emit('Expand', [s.number(1), shape]);
  if (intOf(node, 'count_include_pad', 0) === 0) return padded(ones, 2, axes, s);
  // In ceil mode, a last window that reaches beyond the padding does not count the elements there.
  const automatic = stringOf(node, 'auto_pad', 'NOTSET').startsWith('SAME');
  const declared = intsOf(node, 'pads');
  const ends = axes.map(({ padEnd }, i) =>
    automatic ? padEnd : Math.min(padEnd, declared?.[i + axes.length] ?? 0),
  );
  const within = axes.map((a, i) => ({ ...a, padEnd: ends[i]! }));
  const beyond = axes.map((a, i) => ({ ...a, padBegin: 0, padEnd: a.padEnd - ends[i]! }));
  return padded(padded(ones, 2, within, s, 1), 2, beyond, s);
}

export const InstanceNormalization: Lowering = (node, s) => {
  const [x, scale, shift] = node.inputs as [string, string, string];
  const flat = standardised(node, s.reshape(x, [0, 0, -1]), s);
  affine(node, flat, scale, shift, s);
  return true;
};

/**
 * Scale and shift have one value per channel, or one per group before opset 21. ONNX Runtime's kernel
 * computes in float32.
 */
export const GroupNormalization: Lowering = (node, s) => {
  const [x, scale, shift] = node.inputs as [string, string, string];
  const groups = intOf(node, 'num_groups', 1);
  const byScale = s.concat([s.whole(0), s.shapeOf(scale), s.whole(-1)], 0);
  const flat = standardised(node, s.reshape(x, [0, groups, -1]), s);
  const own = s.emit('Reshape', [flat, byScale]);
  affine(node, own, scale, shift, s);
  return true;
};

/** (x - mean) / sqrt(variance + epsilon) over the last axis of a 3-D tensor. */
function standardised(node: Node, x: string, { reduce, sub, mul, number, div, sqrt, add }: Steps): string {
  const mean = (value: string) => reduce('ReduceMean', value, [2], { keepdims: int(1) });
  const centred = sub(x, mean(x));
  const variance = mean(mul(centred, centred));
  const epsilon = number(floatOf(node, 'epsilon', 1e-5));
  return div(centred, sqrt(add(variance, epsilon)));
}

/** Scales and shifts `[N, C, positions]` by channel, then restores the shape of the node's input. */
function affine(
  node: Node,
  x: string,
  scale: string,
  shift: string,
  { unsqueeze, mul, add, emit, shapeOf }: Steps,
): void {
  const byChannel = (value: string) => unsqueeze(value, [1]);
  const scaled = mul(x, byChannel(scale));
  const shifted = add(scaled, byChannel(shift));
  emit('Reshape', [shifted, shapeOf(node.inputs[0]!)], {}, node.outputs[0]);
}

/** x / (bias + alpha / size * (sum of the squares of neighbouring channels))^beta */
export const LRN: Lowering = (node, s) => {
  const [x] = node.inputs as [string];
  const size = intOf(node, 'size', 1);
  const before = Math.floor((size - 1) / 2);
  const amounts = s.whole(before, size - 1 - before);
  const squares = s.emit('Pad', [s.mul(x, x), amounts, s.number(0), s.whole(1)]);
  const window = [{ kernel: size, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 }];
  const near = overTaps(squares, 1, window, s, (taps) => s.emit('Sum', taps));
  const share = s.number(floatOf(node, 'alpha', 1e-4) / size);
  const base = s.add(s.mul(near, share), floatOf(node, 'bias', 1));
  const power = s.pow(base, floatOf(node, 'beta', 0.75));
  s.emit('Div', [x, power], {}, node.outputs[0]);
  return true;
};

/** Linear interpolation along each axis, as a product with a constant matrix. */
export const Resize: Lowering = (node, { edit, transpose, matMul, emit }, shapes) => {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const [input, output] = [shapes.get(x)?.dims, shapes.get(y)?.dims];
  const policy = stringOf(node, 'keep_aspect_ratio_policy', 'stretch');
  const crops = stringOf(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize';
  if (!input || !output || policy !== 'stretch' || crops) return false;
  if (node.inputs[2] && !edit.known(node.inputs[2])) return false;
  const scales = scalesOf(node, edit, input, output);
  const rank = input.length;
  const mixed = input.reduce((value, length, axis) => {
    const to = output[axis]!;
    if (scales[axis] === 1 && length === to) return value;
    const rows = mixing(node, length, to, scales[axis]!);
    const columns = rows[0]!.flatMap((_, i) => rows.map((row) => row[i]!));
    const matrix = edit.constant({
      type: 'float64',
      data: Float64Array.from(columns),
      shape: [length, to],
    });
    const perm = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
    const swap = (of: string) => (axis === rank - 1 ? of : transpose(of, perm));
    return swap(matMul(swap(value), matrix));
  }, x);
  emit('Identity', [mixed], {}, y);
  return true;
};
