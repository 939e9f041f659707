import { int, ints } from '../../../graph/attributes.js';
import { int64 } from '../../../graph/elements.js';
import type { Node } from '../../../graph/graph.js';
import type { Edit } from '../../../graph/rewrite.js';
import { sizeOf } from '../../../tensor/tensor.js';
import type { Selection } from './selections.js';

/** Where rows stand in a base of theirs. */
export interface Rows {
  /** Between the values of one row. */
  readonly step: number;
  /**
   * Where each row is among all: the base seen as `[.., step]` and transposed has the rows `[step, .. /
   * block]`.
   */
  readonly order: Int32Array;
}

/**
 * Weights `[O, I, kh, kw]` as rows of `block` output channels, each of which stands in `base` at an even
 * distance.
 */
export interface WeightLayout extends Rows {
  readonly base: string;
  readonly shape: readonly number[];
}

/**
 * How to put weights in nchwc, by shapes already known; `undefined` where their channels don't fill blocks.
 */
export function weightLayoutOf(
  { value, base, shape, size, index }: Selection,
  block: number,
  known = new Map<string, Rows>(),
): WeightLayout | undefined {
  const [outputs, inputs, ...kernel] = shape;
  if (outputs === undefined || inputs === undefined || kernel.length !== 2) return undefined;
  if (outputs % block > 0 || (inputs > block && inputs % block > 0)) return undefined;
  const taps = sizeOf(kernel);
  const apart = inputs * taps;
  const starts = () => rowStarts(outputs, inputs, taps, block);
  const composed = index && rowsIn(starts(), (at, j) => index[at + j * apart]!, block, size);
  if (composed) return { base, shape, ...composed };
  const rows = known.get(shape.join()) ?? ownRows(starts(), apart, block, outputs);
  known.set(shape.join(), rows);
  return { base: value, shape, ...rows };
}

/**
 * Where each row of the weights begins, in the order `[O / block, I / block, kh, kw, block]`, few input
 * channels in blocks of one.
 */
function rowStarts(outputs: number, inputs: number, taps: number, block: number): Int32Array {
  const inner = inputs < block ? 1 : block;
  const starts = new Int32Array((outputs / block) * inputs * taps);
  let at = 0;
  for (let o = 0; o < outputs; o += block) {
    for (let i = 0; i < inputs; i += inner) {
      for (let tap = 0; tap < taps; tap++) {
        for (let c = i; c < i + inner; c++) starts[at++] = (o * inputs + c) * taps + tap;
      }
    }
  }
  return starts;
}

/** The rows of weights that are their own base. */
function ownRows(starts: Int32Array, step: number, block: number, outputs: number): Rows {
  const order = starts.map((at) => (at % step) * (outputs / block) + Math.floor(at / step) / block);
  return { step, order };
}

/** The rows of a base of `size` values; `undefined` where they aren't at an even distance in it. */
function rowsIn(
  starts: Int32Array,
  valueAt: (start: number, j: number) => number,
  block: number,
  size: number,
): Rows | undefined {
  const step = valueAt(starts[0]!, 1) - valueAt(starts[0]!, 0);
  if (step < 1 || size % (block * step) > 0) return undefined;
  const order = new Int32Array(starts.length);
  for (let row = 0; row < order.length; row++) {
    const start = starts[row]!;
    const first = valueAt(start, 0);
    if (Math.floor(first / step) % block > 0) return undefined;
    for (let j = 1; j < block; j++) if (valueAt(start, j) !== first + j * step) return undefined;
    order[row] = (first % step) * (size / step / block) + Math.floor(first / step) / block;
  }
  return { step, order };
}

/**
 * Adds the nodes that put weights in nchwc, in two passes over the values, the second of whole rows: a
 * transposition of all axes at once takes four times as long. `known` remembers the first pass of each base
 * and where the rows of each order stand.
 */
export function weightsInBlocks(
  { base, shape, step, order }: WeightLayout,
  block: number,
  known: Map<unknown, string>,
  nodes: Node[],
  edit: Edit,
): string {
  const add = (op: string, inputs: readonly string[], attributes: Node['attributes'] = {}) => {
    const output = edit.fresh(`${base}.${op}`);
    nodes.push(edit.node(op, inputs, output, attributes));
    return output;
  };
  const reshape = (value: string, to: readonly number[]) => add('Reshape', [value, edit.constant(int64(to))]);
  const key = `${step}/${base}`;
  let all = known.get(key);
  if (all === undefined) {
    // Two axes alone are transposed fast on several cores.
    const turned = step === 1 ? base : add('Transpose', [reshape(base, [-1, step])], { perm: ints([1, 0]) });
    all = reshape(turned, [-1, block]);
    known.set(key, all);
  }
  if (order.every((row, i) => row === i)) return reshape(all, shape);
  const positions = known.get(order) ?? edit.constant({ type: 'int32', data: order, shape: [order.length] });
  known.set(order, positions);
  return reshape(add('Gather', [all, positions], { axis: int(0) }), shape);
}
