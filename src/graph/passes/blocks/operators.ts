import { type Attributes, int, intOf, intsOf, stringOf } from '../../attributes.js';
import { int64, numbers } from '../../elements.js';
import type { Constant, Node } from '../../graph.js';
import { changed } from '../rewrite.js';
import { type Layout, readsFew } from './layout.js';
import { weightsInBlocks } from './weights.js';

/** Writes a node for channels in blocks; returns whether it did. */
type Writer = (node: Node, layout: Layout) => boolean;

const Conv: Writer = (node, layout) => {
  const plan = layout.plans.get(node);
  if (!plan) return false;
  const [x, , bias] = node.inputs as [string, string, string?];
  const image = readsFew(node, plan, layout.block) ? layout.ordered(x) : layout.blocked(x);
  const nodes: Node[] = [];
  const kernel = weightsInBlocks(plan, layout.block, layout.rows, nodes, layout.edit);
  nodes.forEach(layout.add);
  const inputs = [image, kernel, ...(bias ? [bias] : [])];
  layout.internal('Conv', inputs, layout.makeBlocked(node.outputs[0]!, plan.shape[0]!), node.attributes);
  return true;
};

/** Operators on one value that do not mind its order; what else they take is constant. */
const pointwise: Writer = (node, layout) => {
  const [x, ...others] = node.inputs as [string, ...string[]];
  const channels = layout.channels(x);
  if (!channels || !layout.inBlocks(x)) return false;
  const y = layout.makeBlocked(node.outputs[0]!, channels);
  layout.add({ ...node, inputs: [layout.blocked(x), ...others], outputs: [y] });
  return true;
};

const join: Writer = (node, layout) => {
  const [a, b] = node.inputs as [string, string];
  const [y] = node.outputs as [string];
  if (!layout.same(a, b))
    return node.op === 'Mul' && (byChannel(a, b, y, layout) || byChannel(b, a, y, layout));
  const channels = layout.channels(a);
  if (!channels) return false;
  const there = [a, b].filter(layout.inBlocks).length;
  if (there === 0 || (there === 1 && !layout.wanted(y))) return false;
  const inputs = [layout.blocked(a), layout.blocked(b)];
  layout.add({ ...node, inputs, outputs: [layout.makeBlocked(y, channels)] });
  return true;
};

/** x times one factor for each channel: a convolution by channel with a kernel of one tap. */
function byChannel(x: string, factors: string, y: string, layout: Layout): boolean {
  const channels = layout.channels(x);
  const lengths = layout.lengths.get(factors);
  if (!channels || !layout.inBlocks(x) || String(lengths) !== String([channels, 1, 1])) return false;
  scaled(x, factors, undefined, y, channels, layout);
  return true;
}

function scaled(
  x: string,
  factors: string,
  bias: string | undefined,
  y: string,
  channels: number,
  layout: Layout,
): void {
  const kernel = layout.edit.fresh(`${factors}.kernel`);
  const shape = layout.edit.constant(int64([channels, 1, 1, 1]));
  layout.add(layout.edit.node('Reshape', [factors, shape], kernel));
  const inputs = [layout.blocked(x), kernel, ...(bias === undefined ? [] : [bias])];
  layout.internal('Conv', inputs, layout.makeBlocked(y, channels), {
    group: int(channels),
    kernel_shape: { kind: 'ints', value: [1, 1] },
  });
}

/** Only y = scale x + bias, which mean 0 and variance 1 make of it. */
const BatchNormalization: Writer = (node, layout) => {
  const [x, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  const channels = layout.channels(x);
  const epsilon = node.attributes.epsilon;
  const all = (value: string, wanted: number) => {
    const constant = layout.edit.known(value);
    return constant !== undefined && numbers(constant).every((v) => v === wanted);
  };
  const affine = all(mean, 0) && all(variance, 1) && epsilon?.kind === 'float' && epsilon.value === 0;
  if (!affine || !channels || !layout.inBlocks(x) || node.outputs.length > 1) return false;
  scaled(x, scale, bias, node.outputs[0]!, channels, layout);
  return true;
};

/** Sums by channel: over the positions of each block, then over samples. */
const ReduceSum: Writer = (node, layout) => {
  const [x, axes] = node.inputs as [string, string?];
  const channels = layout.channels(x);
  const over = axes === undefined ? undefined : layout.edit.known(axes);
  if (!channels || !over || !layout.inBlocks(x) || intOf(node, 'keepdims', 1) !== 0) return false;
  if (numbers(over).join() !== '0,2,3') return false;
  const [y] = node.outputs as [string];
  const { edit, block } = layout;
  const step = (op: string, value: string, by: Constant, output: string, attributes: Attributes = {}) => {
    layout.add(edit.node(op, [value, edit.constant(by)], output, attributes));
    return output;
  };
  const dropped = { keepdims: int(0) };
  const seen = step(
    'Reshape',
    layout.blocked(x),
    int64([0, channels / block, -1, block]),
    edit.fresh(`${y}.seen`),
  );
  const rows = step('ReduceSum', seen, int64([2]), edit.fresh(`${y}.samples`), dropped);
  const sums = step('ReduceSum', rows, int64([0]), edit.fresh(`${y}.sums`), dropped);
  step('Reshape', sums, int64([channels]), y);
  return true;
};

/** Phases are interleaved a whole block of channels at a time. */
const DepthToSpace: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  const channels = layout.channels(y);
  const [, , height, width] = (layout.lengths.get(y) ?? []).map(Number);
  const s = intOf(node, 'blocksize', 1);
  if (!channels || !height || !width || !layout.inBlocks(x) || stringOf(node, 'mode', 'DCR') !== 'DCR')
    return false;
  const { edit, block } = layout;
  const [blocks, rows, columns] = [channels / block, height / s, width / s];
  const order = new Int32Array(blocks * height * width);
  let at = 0;
  for (let b = 0; b < blocks; b++) {
    for (let v = 0; v < height; v++) {
      for (let h = 0; h < width; h++) {
        const phase = (v % s) * s + (h % s);
        order[at++] = ((phase * blocks + b) * rows + Math.floor(v / s)) * columns + Math.floor(h / s);
      }
    }
  }
  const [seen, taken] = [edit.fresh(`${y}.seen`), edit.fresh(`${y}.taken`)];
  const positions = edit.constant({ type: 'int32', data: order, shape: [order.length] });
  const flat = edit.constant(int64([0, order.length, block]));
  layout.add(edit.node('Reshape', [layout.blocked(x), flat], seen));
  layout.add(edit.node('Gather', [seen, positions], taken, { axis: int(1) }));
  const whole = edit.constant(int64([0, channels, height, width]));
  layout.add(edit.node('Reshape', [taken, whole], layout.makeBlocked(y, channels)));
  return true;
};

const Concat: Writer = (node, layout) => {
  const channels = node.inputs.map((value) => (layout.inBlocks(value) ? layout.channels(value) : undefined));
  if (intOf(node, 'axis', 0) !== 1 || channels.includes(undefined)) return false;
  const all = channels.reduce<number>((sum, count) => sum + count!, 0);
  const inputs = node.inputs.map(layout.blocked);
  layout.add({ ...node, inputs, outputs: [layout.makeBlocked(node.outputs[0]!, all)] });
  return true;
};

/** A value has the same lengths in either form. */
const measure: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  if (!layout.inBlocks(x)) return false;
  layout.add({ ...node, inputs: [layout.blocked(x)] });
  return true;
};

const pool: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  const plain =
    intsOf(node, 'kernel_shape')?.length === 2 && !intsOf(node, 'dilations') && !intOf(node, 'ceil_mode', 0);
  const channels = layout.channels(x);
  const there = layout.inBlocks(x) || layout.wanted(x);
  if (!channels || !plain || !there || node.outputs.length > 1) return false;
  const { attributes } = changed(node, { attributes: { storage_order: undefined, ceil_mode: undefined } });
  layout.internal(node.op, [layout.blocked(x)], layout.makeBlocked(node.outputs[0]!, channels), attributes);
  return true;
};

/** Operators that can be done on channels in blocks. */
export const writers: Readonly<Record<string, Writer>> = {
  Add: join,
  AveragePool: pool,
  BatchNormalization,
  Clip: pointwise,
  Concat,
  Conv,
  DepthToSpace,
  HardSigmoid: pointwise,
  LeakyRelu: pointwise,
  MaxPool: pool,
  Mul: join,
  ReduceSum,
  Relu: pointwise,
  Shape: measure,
  Sigmoid: pointwise,
  Size: measure,
  Sub: join,
  Tanh: pointwise,
};
