import { intOf, intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { onEveryPath } from '../../graph/dominators.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { dependents } from '../../graph/order.js';
import { axisOf, type Shapes, type ValueShape } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { positionAxes } from './shown.js';

/** A model whose network folds the images of a sample (views, frames, instances of a bag) into its batch. */
export interface Folded {
  /** The same network, seen as one of an image: its input is the value that holds the images as samples. */
  readonly image: Classifier;
  /** The values that hold something of each image, the images in their order, sample by sample. */
  readonly rows: ReadonlySet<string>;
  /** How many images a sample holds. */
  readonly count: number;
  /** The lengths of a sample's axes before its positions in a map of one channel: those of channels are 1. */
  readonly lengths: readonly number[];
}

const known = new WeakMap<Classifier, { readonly found: Folded | undefined }>();

/**
 * How a network folds the images of a sample into its batch; undefined where it folds none, and where it does
 * not show by axes that are only moved and merged that the images keep their order.
 */
export function foldedIn(model: Classifier): Folded | undefined {
  const found = known.get(model)?.found ?? followed(model);
  known.set(model, { found });
  return found;
}

function followed(model: Classifier): Folded | undefined {
  const { graph, shapes, input, output } = model;
  const { shape, images: count, picked, channelsLast, layout } = input;
  const places = positionAxes(model);
  if (count === undefined || picked || channelsLast || layout === 'NHWC') return undefined;
  if (places.length < 2 || places.at(-1) !== shape.length) return undefined;
  const lengthsOf = (axes: readonly number[]) => axes.map((axis) => shape[axis - 1]!);
  const isFold = ([batch, channels, ...rest]: Axes) => {
    const [first, ...views] = batch!;
    const isRising = views.every((axis, i) => axis > (views[i - 1] ?? 0) && !places.includes(axis));
    const isWhole = first === 0 && isRising && sizeOf(lengthsOf(views)) === count;
    return isWhole && !channels?.includes(0) && rest.map(String).join(';') === places.join(';');
  };
  const axes = axesFrom(model);
  const onAll = new Set(onEveryPath(graph, input.name, output));
  const [value, own] = [...axes].find(([name, found]) => onAll.has(name) && isFold(found)) ?? [];
  const dims = value === undefined ? undefined : shapes.get(value)?.dims;
  if (value === undefined || own === undefined || dims?.[0] !== count) return undefined;
  const held = heldFrom(model, value, count);
  const rows = new Set([...held].filter((one) => shapes.get(one)!.batchAxis === 0));
  const ofOne = ({ dims, batchAxis, ...others }: ValueShape) => ({
    ...others,
    batchAxis,
    dims: dims.map((length, axis) => (axis === batchAxis ? 1 : length)),
  });
  const space = places.length;
  return {
    rows,
    count,
    lengths: shape.slice(0, -space).map((length, i) => (own[0]!.includes(i + 1) ? length : 1)),
    image: {
      ...model,
      shapes: new Map([...shapes].map(([name, one]) => [name, held.has(name) ? ofOne(one) : one])),
      input: {
        ...{ name: value, shape: dims.slice(1), space, layout: space === 2 ? 'NCHW' : 'other' },
        ...{ layoutBy: 'graph', normalisation: input.normalisation },
      },
    },
  };
}

/** For each axis of a value the axes of the input that it is made of, the last of them varying fastest. */
type Axes = readonly (readonly number[])[];

/** The values that are the input with its axes moved and merged, its values changed each by itself or not. */
function axesFrom({ graph, shapes, input }: Classifier): ReadonlyMap<string, Axes> {
  const depends = dependents(graph);
  const found = new Map<string, Axes>([[input.name, [0, ...input.shape].map((_, axis) => [axis])]]);
  for (const node of graph.nodes) {
    const [made] = node.outputs;
    const read = node.inputs.filter((value) => depends.has(value));
    const [from] = read;
    const axes = read.length === 1 && from !== undefined ? found.get(from) : undefined;
    const [before, after] = [shapes.get(from ?? ''), shapes.get(made ?? '')];
    if (!axes || !before || !after) continue;
    const next = moved(node, axes, before, after);
    if (next) found.set(made!, next);
  }
  return found;
}

function moved(node: Node, axes: Axes, before: ValueShape, after: ValueShape): Axes | undefined {
  if (is(node, 'pointwise')) return after.dims.join() === before.dims.join() ? axes : undefined;
  if (node.op === 'Transpose')
    return (intsOf(node, 'perm') ?? axes.map((_, i) => axes.length - 1 - i)).map((axis) => axes[axis]!);
  if (is(node, 'moves', 'copied') && after.dims.length === axes.length)
    return axes.map((own, i) => (after.dims[i] === before.dims[i] ? own : []));
  return is(node, 'moves', 'in-order') ? merged(axes, before, after) : undefined;
}

/** The axes after a reshape that merges neighbours, and adds or drops axes of length 1. */
function merged(axes: Axes, before: ValueShape, after: ValueShape): Axes | undefined {
  const [from, to] = [before, after].map(({ dims, batchAxis }) =>
    dims.map((length, axis) => (axis === batchAxis ? length * BATCH : length)),
  ) as [number[], number[]];
  const out: number[][] = [];
  let at = 0;
  for (const length of to) {
    while (length !== 1 && from[at] === 1) at++;
    const own: number[] = [];
    let left = length;
    while (left > 1 && at < from.length && left % from[at]! === 0) {
      left /= from[at]!;
      if (from[at] !== 1) own.push(...axes[at]!);
      at++;
    }
    if (left !== 1) return undefined;
    if (length === 1 && from[at] === 1) own.push(...axes[at++]!);
    out.push(own);
  }
  return out;
}

/** A prime that is no length: the batch matches no other axis. */
const BATCH = 1_000_003;

/** The values one of whose axes is the first of `value`, whose places along it nothing moved or mixed up. */
function heldFrom({ graph, shapes }: Classifier, value: string, count: number): ReadonlySet<string> {
  const held = new Set([value]);
  const depends = dependents(graph);
  const lengths = lengthsIn(graph, depends);
  for (const node of graph.nodes) {
    const made = node.outputs.map((output) => shapes.get(output));
    if (!made.every((one) => one?.batchAxis !== undefined && one.dims[one.batchAxis] === count)) continue;
    const read = node.inputs.filter((one) => depends.has(one) && !lengths.has(one));
    const isOfInputs = read.length > 0 && read.every((one) => held.has(one));
    const isKept = isOfInputs ? keepsRows(node, read, graph, shapes) : repeatsRow(node, read, graph, shapes);
    if (isKept) for (const output of node.outputs) held.add(output);
  }
  return held;
}

/** The values that depend on the lengths of others alone, as the shape that a class token is repeated to. */
function lengthsIn(graph: Graph, depends: ReadonlySet<string>): ReadonlySet<string> {
  const lengths = new Set<string>();
  for (const node of graph.nodes) {
    const read = node.inputs.filter((one) => depends.has(one));
    const isOfLengths = is(node, 'measures') || read.every((one) => lengths.has(one));
    if (read.length > 0 && isOfLengths) for (const output of node.outputs) lengths.add(output);
  }
  return lengths;
}

/** Whether a node repeats a constant of one row, which is then the same in each. */
function repeatsRow(
  { op, inputs, outputs }: Node,
  read: readonly string[],
  { initializers }: Graph,
  shapes: Shapes,
): boolean {
  const shape = initializers.get(inputs[0] ?? '')?.shape;
  const isOne = shape && (shape[0] === 1 || shape.length < shapes.get(outputs[0]!)!.dims.length);
  return read.length === 0 && (op === 'Expand' || op === 'Tile') && isOne === true;
}

/** Whether a node makes each row of its output of the same row of its inputs, of which `read` have rows. */
function keepsRows(node: Node, read: readonly string[], { initializers }: Graph, shapes: Shapes): boolean {
  const ranks = node.inputs.map((v) => (shapes.get(v)?.dims ?? initializers.get(v)?.shape ?? []).length);
  const rank = shapes.get(node.outputs[0]!)!.dims.length;
  const [at, ...others] = read.map((v) => shapes.get(v)!.batchAxis!);
  const after = shapes.get(node.outputs[0]!)!.batchAxis!;
  if (at === undefined || others.some((axis) => axis !== at)) return false;
  const given = (i: number) => {
    const constant = initializers.get(node.inputs[i] ?? '');
    return constant && Array.from(numbers(constant), Number);
  };
  const isOther = (axes: readonly number[] | undefined) =>
    axes?.every((axis) => axisOf(axis, ranks[0]!) !== at) ?? false;
  if (node.op === 'Transpose') return intsOf(node, 'perm')?.[after] === at;
  if (is(node, 'pointwise') || node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear')
    return at === after && ranks.every((own, i) => own === rank || initializers.has(node.inputs[i]!));
  if (node.op === 'Squeeze' || node.op === 'Unsqueeze') return true;
  if (is(node, 'reduces')) return isOther(given(1) ?? intsOf(node, 'axes'));
  if (node.op === 'Slice') return isOther(given(3));
  if (overAxis.has(node.op)) return isOther([intOf(node, 'axis', overAxis.get(node.op)!)]);
  if (at !== 0 || after !== 0) return false;
  if (is(node, 'layer', 'convolution')) return read.length === 1;
  if (is(node, 'channels') || is(node, 'moves', 'in-order')) return true;
  if (node.op === 'Gemm') return read.length === 1 && intOf(node, 'transA', 0) === 0;
  if (node.op === 'MatMul') return ranks[0] === rank && rank >= ranks[1]! && (read.length === 1 || rank > 2);
  return is(node, 'moves', 'copied') && ranks[0] === rank;
}

/** Operators over one axis, or from one on, with the axis that they take by default. */
const overAxis: ReadonlyMap<string, number> = new Map([
  ...(['Concat', 'Gather', 'Split'] as const).map((op) => [op, 0] as const),
  ...(['LayerNormalization', 'LogSoftmax', 'LpNormalization', 'Softmax'] as const).map(
    (op) => [op, -1] as const,
  ),
]);
