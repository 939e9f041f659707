import { int, ints } from '../../../graph/attributes.js';
import { int64 } from '../../../graph/elements.js';
import type { Node } from '../../../graph/graph.js';
import type { Edit } from '../../../graph/rewrite.js';
import { sizeOf } from '../../../tensor/tensor.js';
import type { Selection } from './selections.js';

/**
 * The position of the rows of weights in a base tensor. A row holds `block` values, one for each output
 * channel.
 */
export interface Rows {
  /** The distance in `base` between neighbouring values of one row. */
  readonly step: number;
  /**
   * The index of each row in the list of all rows. That list is `base` reshaped to `[.., step]`, transposed,
   * and reshaped to `[.., block]`.
   */
  readonly order: Int32Array;
}

/**
 * Weights `[O, I, kh, kw]` as rows of `block` output channels. The values of a row lie at equal distances in
 * `base`.
 */
export interface WeightLayout extends Rows {
  readonly base: string;
  readonly shape: readonly number[];
}

/**
 * Finds how to convert weights to NCHWc. `undefined` when the channels do not fill whole blocks. `known`
 * caches the rows by shape.
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
 * The flat index of the first value of each row in the weights, in the order `[O / block, I / block, kh, kw,
 * block]`. With fewer input channels than `block` the order is `[O / block, I, kh, kw]`.
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

/** The rows when the weights themselves are the base. */
function ownRows(starts: Int32Array, step: number, block: number, outputs: number): Rows {
  const order = starts.map((at) => (at % step) * (outputs / block) + Math.floor(at / step) / block);
  return { step, order };
}

/**
 * The rows within a base of `size` values. `undefined` when the values of a row are not equally spaced
 * there.
 */
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
 * Adds the nodes that convert weights to NCHWc: a transpose of two axes, then a gather of whole rows. A
 * single transpose of all axes takes four times as long. `known` caches the transpose of each base and the
 * indices of each order.
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
    // ONNX Runtime runs the transpose of two axes on several cores.
    const turned = step === 1 ? base : add('Transpose', [reshape(base, [-1, step])], { perm: ints([1, 0]) });
    all = reshape(turned, [-1, block]);
    known.set(key, all);
  }
  if (order.every((row, i) => row === i)) return reshape(all, shape);
  const positions = known.get(order) ?? edit.constant({ type: 'int32', data: order, shape: [order.length] });
  known.set(order, positions);
  return reshape(add('Gather', [all, positions], { axis: int(0) }), shape);
}
