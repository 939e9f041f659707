import { int, intOf, intsOf, string, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { unbroadcast } from '../../backward.js';
import { int64, numbers } from '../../elements.js';
import type { Cut } from '../../formula.js';
import type { ElementType, Node } from '../../graph.js';
import { dataTypes } from '../../schema.js';
import { axisOf, range } from '../../shapes.js';
import { constantInput, refusal } from './constant.js';

/** dx = dy in the shape of x */
const reshaped: Rule = (node, [dy], { reshapeLike }) => [reshapeLike(dy!, node.inputs[0]!)];

export const Reshape = reshaped;
export const Flatten = reshaped;
export const Squeeze = reshaped;
export const Unsqueeze = reshaped;

export const Identity: Rule = (_, [dy]) => [dy];
export const Dropout: Rule = (_, [dy]) => [dy];

/** dx = dy cast to the type of x */
export const Cast: Rule = (node, [dy], walk) => {
  const from = walk.shape(node.inputs[0]!).type as ElementType;
  if (from === walk.shape(node.outputs[0]!).type) return [dy];
  return [walk.emit('Cast', [dy!], { to: int(dataTypes[from]) })];
};

export const CastLike = Cast;

/** dx = dy with the axes permuted back */
export const Transpose: Rule = (node, [dy], { shape, transpose }) => {
  const { length } = shape(node.inputs[0]!).dims;
  const perm = intsOf(node, 'perm') ?? range(length).reverse();
  const back = range(length).map((axis) => perm.indexOf(axis));
  return [transpose(dy!, back)];
};

/** dx_i = the slice of dy that input i fills */
export const Concat: Rule = (node, [dy], walk) => {
  const { shape, needsGradient, slice } = walk;
  const { dims, batchAxis } = shape(node.outputs[0]!);
  const axis = axisOf(intOf(node, 'axis', 0), dims.length);
  if (axis === batchAxis) return batchParts(node, dy!, axis, walk);
  let end = 0;
  return node.inputs.map((input) => {
    const start = end;
    end += shape(input).dims[axis]!;
    if (!needsGradient(input)) return undefined;
    return start === 0 && end === dims[axis] ? dy : slice(dy!, [{ axis, start, end, step: 1 }]);
  });
};

/** The slices of dy that copies of the batch fill, one after another; their length is known at run time. */
function batchParts(node: Node, dy: string, axis: number, walk: Walk) {
  const { shape, needsGradient, emit, constant } = walk;
  const other = node.inputs.find((input) => shape(input).batchAxis !== axis);
  if (other !== undefined) throw refusal(node, `it joins the batch with '${other}', which holds none of it`);
  let end = constant(int64([0]));
  return node.inputs.map((input) => {
    const start = end;
    const length = emit('Shape', [input], { start: int(axis), end: int(axis + 1) });
    end = emit('Add', [start, length]);
    return needsGradient(input) ? emit('Slice', [dy, start, end, constant(int64([axis]))]) : undefined;
  });
}

/** dx = the gradients of all outputs joined, zero for unused outputs */
export const Split: Rule = (node, gradients, { expandLike, emit }) => {
  const axis = int(intOf(node, 'axis', 0));
  const parts = node.outputs.map((output, i) => gradients[i] ?? expandLike(0, output));
  return [parts.length === 1 ? parts[0] : emit('Concat', parts, { axis })];
};

/** dx = dy with zeros around it, and `step - 1` zeros behind each element; none where nothing is left */
export const Slice: Rule = (node, [dy], walk) => {
  const { dims } = walk.shape(node.inputs[0]!);
  if (walk.shape(node.outputs[0]!).dims.includes(0)) return [undefined];
  const isComputed = node.inputs.slice(1, 3).some((bound) => !walk.known(bound));
  if (isComputed) return [uncutAtRunTime(node, dy!, walk)];
  return [cutsOf(node, walk).reduce((value, cut) => uncut(walk, value, cut, dims), dy!)];
};

/** dx = dy with zeros around it: before it up to its start, and behind it what is left of the axis */
function uncutAtRunTime(node: Node, dy: string, walk: Walk): string {
  const { emit, constant, add, sub, less, where, shapeOf, min, max } = walk;
  const [x, starts] = node.inputs as [string, string];
  const rank = walk.shape(x).dims.length;
  const steps = node.inputs[4] ? numbers(constantInput(node, 4, walk)) : [];
  if (steps.some((step) => step !== 1)) throw refusal(node, 'its bounds are computed and its step is not 1');
  const count = walk.shape(starts).dims[0]!;
  const given = node.inputs[3] ? numbers(constantInput(node, 3, walk)) : range(count);
  const axes = constant(int64(given.map((axis) => axisOf(axis, rank))));
  const lengthsOf = (value: string) => emit('Gather', [shapeOf(value), axes], { axis: int(0) });
  const zero = constant(int64([0]));
  const lengths = lengthsOf(x);
  const start = where(less(starts, zero), add(starts, lengths), starts);
  const before = min(max(start, zero), lengths);
  const behind = sub(sub(lengths, before), lengthsOf(dy));
  return emit('Pad', [dy, emit('Concat', [before, behind], { axis: int(0) }), '', axes]);
}

/** An end from here on means all: TensorFlow writes 10^9. */
const endless = 1e9;

function cutsOf(node: Node, walk: Walk): Cut[] {
  const { dims, batchAxis } = walk.shape(node.inputs[0]!);
  const [starts, ends] = [1, 2].map((i) => numbers(constantInput(node, i, walk))) as [number[], number[]];
  const axes = node.inputs[3] ? numbers(constantInput(node, 3, walk)) : starts.map((_, i) => i);
  const steps = node.inputs[4] ? numbers(constantInput(node, 4, walk)) : starts.map(() => 1);
  return axes.flatMap((given, i) => {
    const axis = axisOf(given, dims.length);
    const length = dims[axis]!;
    const step = steps[i]!;
    const place = (value: number, low: number, high: number) =>
      Math.min(high, Math.max(low, value < 0 ? value + length : value));
    const whole = step === 1 && place(starts[i]!, 0, length) === 0 && ends[i]! >= length;
    if (axis === batchAxis) {
      if (starts[i] === 0 && ends[i]! >= endless && step === 1) return [];
      throw refusal(node, 'it cuts the batch');
    }
    if (whole) return [];
    return step > 0
      ? [{ axis, start: place(starts[i]!, 0, length), end: place(ends[i]!, 0, length), step }]
      : [{ axis, start: place(starts[i]!, 0, length - 1), end: place(ends[i]!, -1, length - 1), step }];
  });
}

function uncut(walk: Walk, value: string, { axis, start, end, step }: Cut, dims: readonly number[]): string {
  const stride = Math.abs(step);
  const count = Math.ceil((end - start) / step);
  const first = step > 0 ? start : start + (count - 1) * step;
  const forward =
    step > 0 ? value : walk.slice(value, [{ axis, start: count - 1, end: -count - 1, step: -1 }]);
  const spread = stride === 1 ? forward : spaced(walk, forward, axis, count, stride, dims.length);
  const length = stride === 1 ? count : count * stride;
  const behind = dims[axis]! - first - length;
  return padAxis(walk, spread, axis, first, behind, dims.length);
}

/** Inserts `stride - 1` zeros behind each element. */
function spaced(walk: Walk, value: string, axis: number, count: number, stride: number, rank: number) {
  const { unsqueeze, concat, emit } = walk;
  const apart = unsqueeze(value, [axis + 1]);
  const padded = padAxis(walk, apart, axis + 1, 0, stride - 1, rank + 1);
  const shape = concat(
    [
      ...(axis > 0 ? [emit('Shape', [value], { end: int(axis) })] : []),
      walk.constant(int64([count * stride])),
      ...(axis < rank - 1 ? [emit('Shape', [value], { start: int(axis + 1) })] : []),
    ],
    0,
  );
  return emit('Reshape', [padded, shape]);
}

function padAxis(walk: Walk, value: string, axis: number, before: number, behind: number, rank: number) {
  if (before === 0 && behind === 0) return value;
  const at = (amount: number) => range(rank).map((i) => (i === axis ? amount : 0));
  return walk.emit('Pad', [value, walk.constant(int64([...at(before), ...at(behind)]))]);
}

/** dx = dy summed over the repeated axes */
export const Expand: Rule = (node, [dy], walk) => [unbroadcast(walk, dy!, node.inputs[0]!, node.outputs[0]!)];

/** dx = the sum of dy over all copies; [r d, ..] is [r, d, ..] in memory */
export const Tile: Rule = (node, [dy], { shape, reduce, reshape }) => {
  const inner = shape(node.inputs[0]!);
  const outer = shape(node.outputs[0]!);
  const split = inner.dims.flatMap((length, axis) => {
    const repeats = outer.dims[axis]! / length;
    const grows = outer.batchAxis === axis;
    if (!grows) return [repeats, length];
    return inner.batchAxis === axis ? [repeats, -1] : [-1, length];
  });
  const copies = range(inner.dims.length).map((axis) => 2 * axis);
  return [reduce('ReduceSum', reshape(dy!, split), copies, { keepdims: int(0) })];
};

/** dx = dy where x is kept, 0 where it is set to zero */
export const Trilu: Rule = (node, [dy], { emit }) => [
  emit('Trilu', [dy!, ...node.inputs.slice(1)], node.attributes),
];

/** dx = dy with the blocks moved back into channels */
export const DepthToSpace: Rule = (node, [dy], { emit, shape, reshape, transpose }) => {
  const size = intOf(node, 'blocksize', 1);
  if (stringOf(node, 'mode', 'DCR') === 'DCR') {
    return [emit('SpaceToDepth', [dy!], { blocksize: int(size) })];
  }
  const [, channels, height, width] = shape(node.inputs[0]!).dims as [number, number, number, number];
  const apart = reshape(dy!, [-1, channels / size ** 2, height, size, width, size]);
  return [reshape(transpose(apart, [0, 1, 3, 5, 2, 4]), [-1, channels, height, width])];
};

/** dx = dy with the channels moved back into blocks */
export const SpaceToDepth: Rule = (node, [dy], walk) => [
  walk.emit('DepthToSpace', [dy!], { blocksize: int(intOf(node, 'blocksize', 1)), mode: string('DCR') }),
];
