import { sizeOf } from '../../../tensor/tensor.js';
import { int, ints } from '../../attributes.js';
import { int64 } from '../../elements.js';
import type { Constant, Node } from '../../graph.js';
import type { Edit } from '../rewrite.js';
import type { Selection } from './selections.js';

/** Weights `[O, I, kh, kw]` as rows of `block` output channels, each of which stands in `base` at an even distance. */
export interface Plan {
  readonly base: string;
  readonly shape: readonly number[];
  /** Between the values of one row in `base`. */
  readonly step: number;
  /** Where each row is among those of `base`: seen as `[.., step]` and transposed, it has the rows `[step, .. / block]`. */
  readonly order: Int32Array;
}

/** How to put weights in blocks; `undefined` where their channels don't fill blocks. */
export function planOf({ value, base, shape, size, index }: Selection, block: number): Plan | undefined {
  const [outputs, inputs, ...kernel] = shape;
  if (outputs === undefined || inputs === undefined || kernel.length !== 2) return undefined;
  if (outputs % block > 0 || (inputs > block && inputs % block > 0)) return undefined;
  const taps = sizeOf(kernel);
  const starts = rowStarts(outputs, inputs, taps, block);
  const apart = inputs * taps;
  const composed = index && rowsIn(starts, (at, j) => index[at + j * apart]!, block, size);
  if (composed) return { base, shape, ...composed };
  return { base: value, shape, ...rowsIn(starts, (at, j) => at + j * apart, block, sizeOf(shape))! };
}

/** Where each row of the weights begins, in the order `[O / block, I / block, kh, kw, block]`, few input channels in blocks of one. */
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

/** The rows of a base of `size` values; `undefined` where they aren't at an even distance in it. */
function rowsIn(
  starts: Int32Array,
  valueAt: (start: number, j: number) => number,
  block: number,
  size: number,
): Pick<Plan, 'step' | 'order'> | undefined {
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
 * Adds the nodes that put weights in blocks, in two passes over the values, the second of whole rows: a transposition of all
 * axes at once takes four times as long. `rows` remembers the first pass of each base.
 */
export function weightsInBlocks(
  { base, shape, step, order }: Plan,
  block: number,
  rows: Map<string, string>,
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
  let all = rows.get(key);
  if (all === undefined) {
    // Two axes alone are transposed fast on several cores.
    const turned = step === 1 ? base : add('Transpose', [reshape(base, [-1, step])], { perm: ints([1, 0]) });
    all = reshape(turned, [-1, block]);
    rows.set(key, all);
  }
  if (order.every((row, i) => row === i)) return reshape(all, shape);
  const positions: Constant = { type: 'int32', data: order, shape: [order.length] };
  return reshape(add('Gather', [all, edit.constant(positions)], { axis: int(0) }), shape);
}
