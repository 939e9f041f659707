import { sizeOf } from '../../tensor/tensor.js';
import { int, intOf, ints } from '../attributes.js';
import { int64 } from '../elements.js';
import type { Constant, Graph, Node } from '../graph.js';
import { type Edit, rewriteNodes } from './rewrite.js';
import { type RunOnce, type Selection, selectionsOf } from './selections.js';

/** The domain of the operators that keep channels in blocks, which are internal to ONNX Runtime. */
const domain = 'com.microsoft.nchwc';

/**
 * Writes ONNX Runtime's convolutions on channels in blocks into a graph, in place of those whose weights are inputs or made from
 * inputs: ONNX Runtime puts them there by itself only where weights are constants. `inputs` are the inputs of which alone such
 * weights may be made; `block` is how many channels the machine's kernels keep together.
 *
 * The operators are those of ONNX Runtime 1.30, which promises them to nobody: whoever uses this pass tries first whether they compute
 * what is expected.
 */
export async function blockTrained(
  graph: Graph,
  block: number,
  inputs: Readonly<Record<string, Constant>>,
  run: RunOnce,
): Promise<Graph> {
  const weights = new Set(graph.nodes.filter(isCandidate(graph)).map((node) => node.inputs[1]!));
  const selections = await selectionsOf(graph, [...weights], inputs, run);
  const blocked = new Map<string, string>();
  const rows = new Map<string, string>();
  const rewritten = rewriteNodes(graph, (node, edit) => {
    const selection = selections.get(node.inputs[1] ?? '');
    const plan = selection && isCandidate(graph)(node) ? planOf(selection, block) : undefined;
    if (!plan) return node;
    const nodes: Node[] = [];
    const own = (op: string, from: readonly string[], to: string, attributes: Node['attributes'] = {}) => {
      nodes.push({ op, domain, name: edit.fresh(`sl.${op}`), inputs: from, outputs: [to], attributes });
      return to;
    };
    const [x, , bias] = node.inputs as [string, string, string?];
    const [y] = node.outputs as [string];
    // Few channels are read as they are.
    let image = x;
    if (plan.shape[1]! >= block) {
      image = blocked.get(x) ?? own('ReorderInput', [x], edit.fresh(`${x}.blocked`));
      blocked.set(x, image);
    }
    const kernel = weightsInBlocks(plan, block, rows, nodes, edit);
    const made = edit.fresh(`${y}.blocked`);
    own('Conv', [image, kernel, ...(bias ? [bias] : [])], made, node.attributes);
    own('ReorderOutput', [made], y, { channels: int(plan.shape[0]!) });
    return nodes;
  });
  return { ...rewritten, opsets: { ...graph.opsets, [domain]: 1 } };
}

const isCandidate = (graph: Graph) => (node: Node) =>
  node.op === 'Conv' &&
  node.domain === '' &&
  intOf(node, 'group', 1) === 1 &&
  !graph.initializers.has(node.inputs[1]!);

/** Weights `[O, I, kh, kw]` as rows of `block` output channels, each of which stands in `base` at an even distance. */
interface Plan {
  readonly base: string;
  readonly shape: readonly number[];
  /** Between the values of one row in `base`. */
  readonly step: number;
  /** Where each row is among those of `base`: seen as `[.., block, step]`, it has the rows `[.., step]`. */
  readonly order: Int32Array;
}

/** `undefined` where the channels don't fill blocks. */
function planOf({ value, base, shape, size, index }: Selection, block: number): Plan | undefined {
  const [outputs, inputs, ...kernel] = shape;
  if (outputs === undefined || inputs === undefined || kernel.length !== 2) return undefined;
  if (outputs % block > 0 || (inputs > block && inputs % block > 0)) return undefined;
  const starts = rowStarts(outputs, inputs, sizeOf(kernel), block);
  const apart = inputs * sizeOf(kernel);
  const composed =
    index &&
    rowsIn(
      starts.map((at) => index[at]!),
      (at, j) => index[starts[at]! + j * apart]!,
      block,
      size,
    );
  if (composed) return { base, shape, ...composed };
  return { base: value, shape, ...rowsIn(starts, (at, j) => starts[at]! + j * apart, block, sizeOf(shape))! };
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
  valueAt: (row: number, j: number) => number,
  block: number,
  size: number,
): Pick<Plan, 'step' | 'order'> | undefined {
  const step = valueAt(0, 1) - valueAt(0, 0);
  if (step < 1 || size % (block * step) > 0) return undefined;
  const order = new Int32Array(starts.length);
  for (const [row, start] of starts.entries()) {
    if (Math.floor(start / step) % block > 0) return undefined;
    for (let j = 1; j < block; j++) if (valueAt(row, j) !== start + j * step) return undefined;
    order[row] = Math.floor(start / (block * step)) * step + (start % step);
  }
  return { step, order };
}

/** Two passes over the values, the second of whole rows: a transposition of all axes at once takes four times as long. */
function weightsInBlocks(
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
    const apart = reshape(base, [-1, block, step]);
    all = reshape(add('Transpose', [apart], { perm: ints([0, 2, 1]) }), [-1, block]);
    rows.set(key, all);
  }
  if (order.every((row, i) => row === i)) return reshape(all, shape);
  const positions: Constant = { type: 'int32', data: order, shape: [order.length] };
  return reshape(add('Gather', [all, edit.constant(positions)], { axis: int(0) }), shape);
}
