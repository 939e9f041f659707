import { intOf, intsOf, stringOf } from './attributes.js';
import { is } from './catalogue/index.js';
import { numbers } from './elements.js';
import type { Constant, Graph, Node } from './graph.js';
import { axisOf, type Shapes, type ValueShape } from './shapes.js';

/** The label of each axis of a value; undefined where unknown. */
export type Axes = readonly (string | undefined)[];

export interface Following {
  /** The label of an axis that merges several axes. */
  join(labels: Axes): string | undefined;
  /** The labels of the axes of these lengths into which an axis that merges several is parted again. */
  part?(label: string, lengths: readonly number[]): Axes | undefined;
  /** The axis labels of the output of a layer over `[N, C, ..positions]`. */
  map(node: Node, axes: Axes | undefined, rank: number): Axes | undefined;
  /** The label of the last axis of a product with a weight matrix. */
  readonly product?: string;
}

/** Propagates axis labels from `start` through all nodes that keep, move, merge or slice axes. */
export function followAxes(
  { nodes, initializers }: Graph,
  shapes: Shapes,
  start: ReadonlyMap<string, Axes>,
  following: Following,
): ReadonlyMap<string, Axes> {
  const found = new Map(start);
  const known = (value: string | undefined) => (value === undefined ? undefined : initializers.get(value));
  const producers = new Map<string, Node>();
  for (const node of nodes) {
    const made = after(node, { found, shapes, known, producers, following });
    for (const output of node.outputs) producers.set(output, node);
    if (!made) continue;
    for (const output of node.outputs) {
      if (shapes.get(output)?.dims.length === made.length) found.set(output, made);
    }
  }
  return found;
}

interface Context {
  readonly found: ReadonlyMap<string, Axes>;
  readonly shapes: Shapes;
  readonly known: (value: string | undefined) => Constant | undefined;
  readonly producers: ReadonlyMap<string, Node>;
  readonly following: Following;
}

function after(node: Node, context: Context): Axes | undefined {
  const { found, shapes, known, following } = context;
  const [first = '', second = ''] = node.inputs;
  const output = shapes.get(node.outputs[0] ?? '');
  if (!output || node.domain !== '') return undefined;
  const rank = output.dims.length;
  const axes = found.get(first);
  if (is(node, 'channels') && rank >= 3) return following.map(node, axes, rank);
  if (is(node, 'pointwise')) return broadcast(node, context, rank);
  switch (node.op) {
    case 'GRU':
    case 'LSTM':
    case 'RNN':
      if (axes?.length === 3) following.map(node, ofSteps(node, axes), rank);
      return undefined;
    case 'Split':
      // A recurrent layer that is written out reads its sequence `[steps, N, features]` step by step.
      if (axes?.length === 3 && intOf(node, 'axis', 0) === 0 && output.dims[0] === 1)
        following.map(node, [axes[1], axes[2], axes[0]], 3);
      break;
    case 'Transpose':
      return axes && (intsOf(node, 'perm') ?? axes.map((_, i) => axes.length - 1 - i)).map((i) => axes[i]);
    case 'MatMul': {
      const other = found.get(second);
      if (axes && !other) return [...axes.slice(0, -1), following.product];
      const lead = axes ?? other;
      return lead && other && [...lead.slice(0, -2), axes?.at(-2), other.at(-1)];
    }
    case 'Gemm':
      return axes && [axes[0], following.product];
    case 'Concat':
      return node.inputs.map((v) => found.get(v)).find((one) => one?.length === rank);
    case 'Expand':
    case 'Tile':
      return axes && [...Array(Math.max(0, rank - axes.length)).fill(undefined), ...axes];
    case 'Gather': {
      if (!axes) return undefined;
      const at = axisOf(intOf(node, 'axis', 0), axes.length);
      const added = (shapes.get(second)?.dims ?? []).map(() => axes[at]);
      const along = added.length === 2 ? windowAxis(known(second)) : undefined;
      const picked = along === undefined ? added : added.map((label, i) => (i === along ? label : undefined));
      return [...axes.slice(0, at), ...picked, ...axes.slice(at + 1)];
    }
    case 'Einsum':
      return einsum(node, context);
    default:
      break;
  }
  if (!axes) return undefined;
  if (is(node, 'moves', 'in-order'))
    return restored(node, context) ?? regrouped(shapes.get(first)!, output, axes, following);
  if (is(node, 'reduces')) {
    const given = known(second);
    const listed = given ? numbers(given) : intsOf(node, 'axes');
    const reduced = new Set((listed ?? axes.map((_, i) => i)).map((i) => axisOf(i, axes.length)));
    return intOf(node, 'keepdims', 1)
      ? axes.map((label, i) => (reduced.has(i) ? undefined : label))
      : axes.filter((_, i) => !reduced.has(i));
  }
  const keeps =
    is(node, 'normalises') || is(node, 'moves', 'cut') || is(node, 'moves', 'reordered') || kept.has(node.op);
  return keeps && axes.length === rank ? axes : undefined;
}

/**
 * The axis of a table of places `[windows, width]` or `[width, windows]` that goes from window to window, in
 * whose direction places differ most; undefined where there is no table.
 */
export function windowAxis(table: Constant | undefined): 0 | 1 | undefined {
  if (table?.shape.length !== 2) return undefined;
  const places = numbers(table);
  const [rows, columns] = table.shape as readonly [number, number];
  const reach = [places[(rows - 1) * columns]! - places[0]!, places[columns - 1]! - places[0]!].map(Math.abs);
  return reach[0]! >= reach[1]! ? 0 : 1;
}

/** The axes of a recurrent layer's input as those of a map: samples, features, steps. */
function ofSteps(node: Node, [first, second, features]: Axes): Axes {
  return intOf(node, 'layout', 0) === 1 ? [first, features, second] : [second, features, first];
}

/** Further operators whose output has the axes of their first input. */
const kept = new Set([
  ...['BitShift', 'BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'BitwiseXor'],
  'Softmax',
  'LogSoftmax',
  'Hardmax',
  'LpNormalization',
  'Pad',
  'CumSum',
  'DeformConv',
  'ReverseSequence',
  'ScatterElements',
  'ScatterND',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/** Axes are matched by their letters. A letter that only weights have gets the label `product`. */
function einsum(node: Node, { found, following }: Context): Axes | undefined {
  const [read = '', made = ''] = stringOf(node, 'equation', '').replaceAll(/\s/g, '').split('->');
  if (read.includes('.') || !node.inputs.some((v) => found.has(v))) return undefined;
  const labels = new Map<string, string | undefined>();
  for (const [i, letters] of read.split(',').entries()) {
    const axes = found.get(node.inputs[i] ?? '');
    for (const [at, letter] of [...letters].entries()) {
      if (axes) labels.set(letter, labels.get(letter) ?? axes[at]);
      else if (!labels.has(letter)) labels.set(letter, undefined);
    }
  }
  const weights = new Set(
    read.split(',').flatMap((letters, i) => (found.has(node.inputs[i] ?? '') ? [...letters] : [])),
  );
  return [...made].map((letter) => (weights.has(letter) ? labels.get(letter) : following.product));
}

/**
 * Inputs are aligned at their last axes. The label of an axis longer than 1 precedes that of a broadcast
 * axis.
 */
function broadcast({ inputs }: Node, { found, shapes }: Context, rank: number): Axes | undefined {
  const known = inputs.flatMap((v) => {
    const axes = found.get(v);
    return axes ? [{ axes, dims: shapes.get(v)!.dims }] : [];
  });
  if (known.length === 0) return undefined;
  return Array.from({ length: rank }, (_, i) => {
    const labels = known.flatMap(({ axes, dims }) => {
      const at = i - rank + axes.length;
      return at >= 0 && axes[at] !== undefined ? [{ label: axes[at], length: dims[at]! }] : [];
    });
    return (labels.find(({ length }) => length > 1) ?? labels[0])?.label;
  });
}

/** Where a reshape takes an earlier one back, as behind a normalisation of groups: the axes before both. */
function restored({ inputs, outputs }: Node, { found, shapes, producers }: Context): Axes | undefined {
  let maker = producers.get(inputs[0]!);
  while (maker && (is(maker, 'pointwise') || is(maker, 'normalises')))
    maker = producers.get(maker.inputs[0]!);
  const before = maker && is(maker, 'moves', 'in-order') ? maker.inputs[0]! : undefined;
  const same =
    before !== undefined && shapes.get(before)?.dims.join() === shapes.get(outputs[0]!)!.dims.join();
  return same ? found.get(before) : undefined;
}

/** The lengths, with the batch axis scaled by a large prime so that it matches no other axis. */
const marked = ({ dims, batchAxis }: ValueShape): number[] =>
  dims.map((length, axis) => (axis === batchAxis ? length * 1_000_003 : length));

/**
 * Labels after a reshape. Runs of axes with equal products of lengths correspond; their labels are joined.
 * Axes of length 1 that moved correspond where there are as many before as after.
 */
function regrouped(from: ValueShape, to: ValueShape, axes: Axes, { join, part }: Following): Axes {
  const [a, b] = [marked(from), marked(to)];
  const out: (string | undefined)[] = [];
  const dropped: (string | undefined)[] = [];
  const added: number[] = [];
  let [i, j] = [0, 0];
  while (j < b.length) {
    if (a[i] === b[j]) {
      out.push(axes[i++]);
      j++;
    } else if (a[i] === 1) dropped.push(axes[i++]);
    else if (b[j] === 1) {
      added.push(out.length);
      out.push(undefined);
      j++;
    } else {
      const [startA, startB] = [i, j];
      let [left, right] = [a[i++] ?? 1, b[j++]!];
      while (left !== right && (i < a.length || j < b.length)) {
        if (left < right && i < a.length) left *= a[i++]!;
        else if (j < b.length) right *= b[j++]!;
        else break;
      }
      const labels = axes.slice(startA, i).filter((_, k) => a[startA + k] !== 1);
      const label = join(labels);
      const parted = label === undefined ? undefined : part?.(label, to.dims.slice(startB, j));
      for (let k = startB; k < j; k++) out.push(parted ? parted[k - startB] : b[k] === 1 ? undefined : label);
    }
  }
  dropped.push(...axes.slice(i).filter((_, k) => a[i + k] === 1));
  if (dropped.length === added.length) for (const [k, at] of added.entries()) out[at] = dropped[k];
  return out;
}
