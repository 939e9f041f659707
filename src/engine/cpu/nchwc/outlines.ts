import { intOf, intsOf } from '../../../graph/attributes.js';
import { is } from '../../../graph/catalogue/index.js';
import { numbers } from '../../../graph/elements.js';
import type { ElementType, Graph, Node } from '../../../graph/graph.js';
import { axisOf } from '../../../graph/shapes.js';

/** The shape of a value; a symbolic dimension is a name. */
export type Lengths = readonly (number | string)[];

/** The element type and the shape of a value, known before the graph runs. */
export interface Outline {
  readonly type: ElementType;
  readonly lengths: Lengths;
}

/**
 * Collects the outlines of all values: those that the graph declares, those `given`, and those that shape
 * inference finds for common operators.
 */
export function outlinesOf(graph: Graph, given: ReadonlyMap<string, Outline>): Map<string, Outline> {
  const known = new Map(given);
  for (const { name, type, shape } of [...graph.inputs, ...graph.outputs, ...(graph.between ?? [])]) {
    if (shape) known.set(name, { type, lengths: shape });
  }
  for (const [name, { type, shape }] of graph.initializers) known.set(name, { type, lengths: shape });
  for (const node of graph.nodes) {
    if (node.domain !== '') continue;
    const type = typeOf(node, known);
    for (const [i, value] of node.outputs.entries()) {
      const lengths = type && !known.has(value) ? infer(node, i, graph, known) : undefined;
      if (type && lengths) known.set(value, { type, lengths });
    }
  }
  return known;
}

/** Whether two shapes are equal except for the batch axis, along which one may broadcast. */
export const meet = (a: Lengths | undefined, b: Lengths | undefined): boolean =>
  a !== undefined && a.length === b?.length && a.every((length, axis) => axis === 0 || length === b[axis]);

/**
 * Whether an operator is pointwise and keeps the element type or returns booleans. Cast operators do not
 * count.
 */
export const elementwise = (node: Node): boolean => is(node, 'pointwise') && !node.op.startsWith('Cast');

function typeOf(node: Node, known: ReadonlyMap<string, Outline>): ElementType | undefined {
  if (is(node, 'makes', 'bool')) return 'bool';
  return known.get(node.inputs[node.op === 'Where' ? 1 : 0]!)?.type;
}

/** Infers the shape of one output of a node. `undefined` where it is unknown. */
function infer(
  node: Node,
  output: number,
  graph: Graph,
  known: ReadonlyMap<string, Outline>,
): Lengths | undefined {
  const inputs = node.inputs.filter((value) => value !== '').map((value) => known.get(value)?.lengths);
  const given = (index: number) => {
    const constant = graph.initializers.get(node.inputs[index] ?? '');
    return constant && numbers(constant);
  };
  const [a, b] = inputs;
  const axis = ({ length }: Lengths) => axisOf(intOf(node, 'axis', 0), length);
  if (!a || (output > 0 && node.op !== 'Split' && node.op !== 'BatchNormalization')) return undefined;
  // The bounds of Clip are scalars.
  if (node.op === 'Clip') return a;
  if (elementwise(node)) return inputs.reduce(broadcast(batchOf(graph)));
  switch (node.op) {
    case 'BatchNormalization':
      return output === 0 ? a : [a[1]!];
    case 'Conv':
      return b && windowed(node, a, b[0]!);
    case 'MaxPool':
    case 'AveragePool':
      return windowed(node, a, a[1]!);
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
      return a.map((length, axis) => (axis < 2 ? length : 1));
    case 'DepthToSpace':
      return spread(a, intOf(node, 'blocksize', 1));
    case 'Transpose':
      return intsOf(node, 'perm')?.map((axis) => a[axis]!);
    case 'Reshape':
      return reshaped(a, given(1));
    case 'ReduceMean':
    case 'ReduceSum':
      return reduced(a, given(1), intOf(node, 'keepdims', 1) === 1);
    case 'Slice':
      return sliced(a, [1, 2, 3, 4].map(given));
    case 'Concat':
      return inputs.reduce(joined(axis(a)));
    case 'Split': {
      const part = given(1)?.[output];
      return part === undefined ? undefined : a.map((length, i) => (i === axis(a) ? part : length));
    }
    default:
      return undefined;
  }
}

/** The first symbolic length that an input begins with. */
const batchOf = ({ inputs }: Graph) =>
  inputs.map(({ shape }) => shape?.[0]).find((length) => typeof length === 'string') ?? inputs[0]?.shape?.[0];

/**
 * The broadcast shape of two values. Two different symbolic dimensions broadcast only when one is the batch.
 */
const broadcast =
  (batch: number | string | undefined) =>
  (a: Lengths | undefined, b: Lengths | undefined): Lengths | undefined => {
    if (!a || !b) return undefined;
    const [inner, outer] = a.length < b.length ? [a, b] : [b, a];
    const lead = outer.length - inner.length;
    const together = outer.map((length, axis) => {
      const own = inner[axis - lead] ?? 1;
      if (own === length || own === 1) return length;
      if (length === 1) return own;
      const open = typeof own === 'string' && typeof length === 'string';
      return open && (own === batch || length === batch) ? batch : undefined;
    });
    return together.every((length) => length !== undefined) ? together : undefined;
  };

const joined =
  (axis: number) =>
  (a: Lengths | undefined, b: Lengths | undefined): Lengths | undefined => {
    const [before, more] = [a?.[axis], b?.[axis]];
    if (typeof before !== 'number' || typeof more !== 'number') return undefined;
    return a!.map((length, i) => (i === axis ? before + more : length));
  };

function reshaped(from: Lengths, to: readonly number[] | undefined): Lengths | undefined {
  const kept = to?.map((length, axis) => (length === 0 ? from[axis]! : length));
  if (!kept?.includes(-1)) return kept;
  const sizes = [from, kept].map((lengths) => lengths.reduce<number>((n, length) => n * Number(length), 1));
  const rest = -sizes[0]! / sizes[1]!;
  return Number.isInteger(rest) ? kept.map((length) => (length === -1 ? rest : length)) : undefined;
}

function reduced(from: Lengths, axes: readonly number[] | undefined, keepdims: boolean): Lengths | undefined {
  const over = axes?.map((axis) => axisOf(axis, from.length));
  const kept = over && from.map((length, axis) => (over.includes(axis) ? 1 : length));
  return keepdims ? kept : kept?.filter((_, axis) => !over!.includes(axis));
}

function sliced(from: Lengths, given: readonly (readonly number[] | undefined)[]): Lengths | undefined {
  const [starts, ends, axes, steps] = given;
  if (!starts || !ends || !axes) return undefined;
  const lengths = [...from];
  for (const [i, axis] of axes.entries()) {
    const at = axisOf(axis, from.length);
    const length = from[at];
    if (typeof length !== 'number') return undefined;
    const step = steps?.[i] ?? 1;
    const bound = (position: number, least: number, most: number) =>
      Math.min(Math.max(position < 0 ? position + length : position, least), most);
    const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
    const count = Math.ceil((bound(ends[i]!, least, most) - bound(starts[i]!, least, most)) / step);
    lengths[at] = Math.max(0, count);
  }
  return lengths;
}

function spread([batch, channels, ...spatial]: Lengths, size: number): Lengths | undefined {
  const lengths = [Number(channels) / size ** 2, ...spatial.map((length) => Number(length) * size)];
  return lengths.every(Number.isInteger) ? [batch!, ...lengths] : undefined;
}

function windowed(node: Node, [batch, , ...input]: Lengths, channels: number | string): Lengths | undefined {
  const kernel = intsOf(node, 'kernel_shape');
  const pads = intsOf(node, 'pads') ?? input.flatMap(() => [0, 0]);
  if (!kernel || node.attributes.auto_pad || intOf(node, 'ceil_mode', 0)) return undefined;
  const spatial = input.map((length, axis) => {
    const reach = (kernel[axis]! - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1) + 1;
    const padded = Number(length) + pads[axis]! + pads[axis + input.length]!;
    return Math.floor((padded - reach) / (intsOf(node, 'strides')?.[axis] ?? 1)) + 1;
  });
  return spatial.every(Number.isInteger) ? [batch!, channels, ...spatial] : undefined;
}
