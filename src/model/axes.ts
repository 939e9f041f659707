import { intOf, intsOf } from '../graph/attributes.js';
import { type Axes, followAxes } from '../graph/axes.js';
import { is } from '../graph/catalogue/index.js';
import type { Graph, Node } from '../graph/graph.js';
import type { Shapes } from '../graph/shapes.js';
import { sizeOf } from '../tensor/tensor.js';
import { type Classifier, isSignal } from './classifier.js';

/** What the axes of an input `[N, ...]` are, as the first layer over maps that reads it says. */
export interface InputAxes {
  readonly batch: readonly number[];
  readonly channels: readonly number[];
  readonly space: readonly number[];
  /** The number of channels that this layer reads. */
  readonly width: number;
  /** Whether it is a convolution, whose channels are no matter of convention. */
  readonly isConvolved: boolean;
  /** Whether positions are read in another order than they have in the input. */
  readonly turned: boolean;
}

/**
 * The input's axes by the first convolution, pooling or normalisation of maps that reads it; undefined where
 * none does, or where what it reads cannot be told apart, as in patches that were laid out as rows.
 */
export function inputAxes(graph: Graph, input: string, shapes: Shapes): InputAxes | undefined {
  const { dims } = shapes.get(input)!;
  let seen: Axes | undefined;
  let read: readonly number[] = [];
  let isConvolved = false;
  followAxes(graph, shapes, new Map([[input, dims.map((_, i) => String(i))]]), {
    join: (labels) => [...new Set(labels.flatMap((label) => label?.split(',') ?? []))].join(','),
    part(label, lengths) {
      const axes = label.split(',');
      return axes.map((axis) => dims[Number(axis)]).join() === lengths.join() ? axes : undefined;
    },
    map(node, axes) {
      if (seen === undefined) {
        read = shapes.get(node.inputs[0]!)?.dims ?? [];
        isConvolved = is(node, 'layer', 'convolution');
      }
      seen ??= axes;
      return undefined;
    },
  });
  if (!seen) return undefined;
  const at = (label: string | undefined) => (label ? label.split(',').map(Number) : []);
  const [batch, channels, ...space] = seen.map(at);
  const places = space.flat();
  const isToldApart = places.some((axis) => !channels!.includes(axis));
  const held = sizeOf(channels!.map((axis) => dims[axis]!));
  if (!isToldApart && batch!.length > 1 && held < sizeOf(read.slice(1))) return undefined;
  const width = read[1] ?? 0;
  // A reshape may put an axis of one channel among the positions.
  const isOrdered = (axes: readonly number[]) => axes.every((axis, i) => i === 0 || axis >= axes[i - 1]!);
  const isChannel = (axis: number) => channels!.length === 0 && dims[axis] === 1 && !isOrdered(places);
  const rest = places.filter((axis) => !isChannel(axis));
  return {
    batch: batch!,
    channels: [...channels!, ...places.filter(isChannel)],
    width,
    isConvolved,
    space: rest.toSorted((a, b) => a - b),
    turned: space.every(({ length }) => length === 1) && !isOrdered(rest),
  };
}

const turns: Readonly<Record<string, 'NCHW' | 'NHWC'>> = { '0,3,1,2': 'NHWC', '0,2,3,1': 'NCHW' };

/**
 * The layout of an image that a transposition brings into the other one before anything but its values is
 * changed; undefined where none does.
 */
export function turnedFrom(graph: Graph, input: string): 'NCHW' | 'NHWC' | undefined {
  const readers = graph.nodes.filter((node) => node.inputs.includes(input) && !is(node, 'measures'));
  const [reader] = readers;
  if (!reader || readers.length > 1) return undefined;
  if (reader.op === 'Transpose') return turns[String(intsOf(reader, 'perm'))];
  const isScaled = reader.inputs.every((v) => v === input || graph.initializers.has(v));
  return is(reader, 'pointwise') && isScaled ? turnedFrom(graph, reader.outputs[0]!) : undefined;
}

/** Operators beside elementwise ones that leave the order of axes as it is. */
const ordered = ['Concat', 'DequantizeLinear', 'Identity', 'Pad', 'QuantizeLinear', 'Resize', 'Slice'];
const quantised = ['ConvInteger', 'QLinearConv'];

/**
 * The layout of an input `[N, ?, ?, ?]` by the first layer over maps that reads it, or by a transposition, of
 * a graph whose shapes are not known: `other` where that layer takes another axis for channels; undefined
 * where neither tells.
 */
export function layoutRead(graph: Graph, input: string): Classifier['input']['layout'] | undefined {
  const axes = new Map<string, readonly number[]>([[input, [0, 1, 2, 3]]]);
  for (const node of graph.nodes) {
    const own = axes.get(node.inputs.find((value) => axes.has(value)) ?? '');
    if (!own || is(node, 'measures')) continue;
    const perm = intsOf(node, 'perm');
    if (is(node, 'pointwise') || ordered.includes(node.op)) axes.set(node.outputs[0]!, own);
    else if (node.op === 'Transpose' && perm)
      axes.set(
        node.outputs[0]!,
        perm.map((axis) => own[axis]!),
      );
    else if (is(node, 'channels') || quantised.includes(node.op)) {
      if (axes.get(node.inputs[0]!) !== own) return undefined;
      const isImage = own[0] === 0 && own[1] !== 2;
      return isImage ? (own[1] === 1 ? 'NCHW' : 'NHWC') : 'other';
    }
  }
  return turnedFrom(graph, input);
}

/** The axis of an input along which a network reads pictures one by one and nothing else. */
export function pickedAxis(graph: Graph, input: string): number | undefined {
  const readers = graph.nodes.filter((node) => node.inputs.includes(input) && !is(node, 'measures'));
  const axes = readers.map((node) => {
    const place = graph.initializers.get(node.inputs[1] ?? '');
    return node.op === 'Gather' && place?.shape.length === 0 ? intOf(node, 'axis', 0) : undefined;
  });
  return readers.length > 1 && axes.every((axis) => axis === axes[0]) ? axes[0] : undefined;
}

export type Role = 'batch' | 'channel' | 'space';

const known = new WeakMap<Shapes, ReadonlyMap<string, Axes>>();

/**
 * What the axes of a model's values are, as far as its convolutions and its input's layout tell: a role for
 * each axis.
 */
export function rolesOf(model: Pick<Classifier, 'graph' | 'shapes' | 'input'>): ReadonlyMap<string, Axes> {
  const { graph, shapes, input } = model;
  const found = known.get(shapes);
  if (found) return found;
  const own: Axes | undefined =
    input.layout === 'NCHW'
      ? ['batch', 'channel', 'space', 'space']
      : input.layout === 'NHWC'
        ? ['batch', 'space', 'space', 'channel']
        : isSignal({ input })
          ? ['batch', 'channel', 'space']
          : undefined;
  const start = new Map<string, Axes>(own ? [[input.name, own]] : []);
  const roles = followAxes(graph, shapes, start, {
    join: (labels) => (labels.every((label) => label === labels[0]) ? labels[0] : undefined),
    map: (node, axes, rank) => {
      if (node.op !== 'Conv' && axes && axes.indexOf('channel') > 1) return axes;
      return node.op === 'Conv' || (axes && !foldsBatch(node, axes))
        ? ['batch', 'channel', ...Array<string>(rank - 2).fill('space')]
        : undefined;
    },
    product: 'channel',
  });
  known.set(shapes, roles);
  return roles;
}

/** Whether an operator that takes its second axis for channels parts positions into the batch there. */
const foldsBatch = (node: Node, axes: Axes): boolean => is(node, 'moves') && axes[1] === 'batch';

/** Whether an output `[N, H, W]`, or of a volume, has the lengths of its positions: a map of one class. */
export function isPlane(dims: readonly (number | string)[], image: readonly (number | string)[]): boolean {
  const lengths = dims.slice(1).join();
  const places = [image.slice(2), image.slice(1, -1)];
  return dims.length > 2 && places.some((own) => own.join() === lengths);
}

/** Whether a value holds one number for each position of the image, or of a map of it. */
export function isPlaneOf(model: Pick<Classifier, 'graph' | 'shapes' | 'input'>, value: string): boolean {
  const { dims } = model.shapes.get(value) ?? { dims: [] };
  const roles = rolesOf(model).get(value)?.slice(1);
  if (!roles || roles.includes(undefined)) return isPlane(dims, [1, ...model.input.shape]);
  return dims.length > 2 && roles.every((role) => role === 'space');
}

/** Whether a value's axes have these roles. */
export const hasRoles = (
  model: Pick<Classifier, 'graph' | 'shapes' | 'input'>,
  value: string,
  ...roles: readonly Role[]
): boolean => rolesOf(model).get(value)?.join() === roles.join();
