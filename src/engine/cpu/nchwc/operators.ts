import { type Attributes, int, intOf, intsOf } from '../../../graph/attributes.js';
import { type ByOperator, entryOf } from '../../../graph/catalogue/index.js';
import { int64, numbers } from '../../../graph/elements.js';
import type { Constant, Node } from '../../../graph/graph.js';
import { changed } from '../../../graph/rewrite.js';
import { Add, BatchNormalization, Mul } from './affine.js';
import { Concat, DepthToSpace, Slice, Split } from './channels.js';
import { elements } from './elements.js';
import { filterGradient } from './filters.js';
import { readsFew, type Writer } from './layout.js';
import { elementwise } from './outlines.js';
import { weightsInBlocks } from './weights.js';

const Conv: Writer = (node, layout) => {
  if (layout.filterGradients.has(node)) return filterGradient(node, layout);
  const weights = layout.weightLayouts.get(node);
  if (!weights) return false;
  const [x, , bias] = node.inputs as [string, string, string?];
  const image = readsFew(node, weights, layout.block) ? layout.ordered(x) : layout.blocked(x);
  const nodes: Node[] = [];
  const kernel = weightsInBlocks(weights, layout.block, layout.shared, nodes, layout.edit);
  nodes.forEach(layout.add);
  const inputs = [image, kernel, ...(bias ? [bias] : [])];
  layout.internal('Conv', inputs, layout.makeBlocked(node.outputs[0]!, weights.shape[0]!), node.attributes);
  return true;
};

/**
 * A sum or mean over the batch and both spatial axes: first over the positions of each block, then over the
 * batch axis.
 */
const reduce: Writer = (node, layout) => {
  const [x, axes] = node.inputs as [string, string?];
  const channels = layout.channels(x);
  const over = axes === undefined ? undefined : layout.edit.known(axes);
  if (!channels || !over || !layout.toNchwc(x) || intOf(node, 'keepdims', 1) !== 0) return false;
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
  const rows = step(node.op, seen, int64([2]), edit.fresh(`${y}.samples`), dropped);
  const sums = step(node.op, rows, int64([0]), edit.fresh(`${y}.sums`), dropped);
  step('Reshape', sums, int64([channels]), y);
  return true;
};

/** Shape and Size do not depend on the layout. */
const measure: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  if (!layout.toNchwc(x)) return false;
  layout.add({ ...node, inputs: [layout.blocked(x)] });
  return true;
};

const pool: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  const plain =
    (node.op.startsWith('Global') || intsOf(node, 'kernel_shape')?.length === 2) &&
    !intsOf(node, 'dilations') &&
    !intOf(node, 'ceil_mode', 0);
  const channels = layout.channels(x);
  const there = layout.toNchwc(x) || layout.wanted(x);
  if (!channels || !plain || !there || node.outputs.length > 1) return false;
  const { attributes } = changed(node, { attributes: { storage_order: undefined, ceil_mode: undefined } });
  layout.internal(node.op, [layout.blocked(x)], layout.makeBlocked(node.outputs[0]!, channels), attributes);
  return true;
};

/** The operators whose writers are specific to NCHWc. */
const writers: Partial<ByOperator<Writer>> = {
  Add,
  AveragePool: pool,
  BatchNormalization,
  Concat,
  Conv,
  DepthToSpace,
  GlobalAveragePool: pool,
  GlobalMaxPool: pool,
  MaxPool: pool,
  Mul,
  ReduceMean: reduce,
  ReduceSum: reduce,
  Shape: measure,
  Size: measure,
  Slice,
  Split,
};

/** The writer of a node in NCHWc, if there is one. */
export const writerOf = (node: Node): Writer | undefined =>
  entryOf(writers, node) ?? (elementwise(node) ? elements : undefined);
