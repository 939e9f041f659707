import type { Graph, Node } from '../../graph/graph.js';
import { producersOf } from '../../graph/order.js';
import { isPass, lookup } from './lookup.js';

type Range = readonly [low: number, high: number];

const ends: Readonly<Record<string, Range>> = {
  Sigmoid: [0, 1],
  HardSigmoid: [0, 1],
  Softmax: [0, 1],
  Tanh: [-1, 1],
  Erf: [-1, 1],
  Softsign: [-1, 1],
  ...{ Relu: [0, Infinity], Softplus: [0, Infinity], Exp: [0, Infinity], Abs: [0, Infinity] },
  Sqrt: [0, Infinity],
};

/** Operators whose output holds numbers, or means of numbers, of their first input, and of all inputs. */
const picks = new Set(['Slice', 'Gather', 'GatherElements', 'Split', 'ReduceMax', 'ReduceMin', 'ReduceMean']);
const mixes = new Set(['Concat', 'Mean', 'Max', 'Min']);

/** Whether the last nodes keep a value between 0 and 1, such as HardSigmoid or (tanh(x) + 1) / 2. */
export function isShare(graph: Graph, value: string): boolean {
  const [low, high] = rangeOf(graph, value, producersOf(graph));
  return low >= -1e-6 && high <= 1 + 1e-6;
}

/** Whether the last nodes keep a value at or above 0, or at or below: an age or a count, and no raw score. */
export function hasOneSign(graph: Graph, value: string): boolean {
  const [low, high] = rangeOf(graph, value, producersOf(graph));
  return low >= 0 || high <= 0;
}

/** The bounds of a value by the curves, bounds and scalars at its end; infinite where these set none. */
function rangeOf(graph: Graph, value: string, producers: ReadonlyMap<string, Node>): Range {
  const node = producers.get(value);
  if (node?.domain !== '') return [-Infinity, Infinity];
  const known = ends[node.op];
  if (known) return known;
  const [first = '', second = ''] = node.inputs;
  const inner = (v: string) => rangeOf(graph, v, producers);
  if (isPass(node) || picks.has(node.op)) return inner(first);
  if (mixes.has(node.op)) {
    const ranges = node.inputs.map(inner);
    return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
  }
  const { scalar } = lookup(graph, producers);
  if (node.op === 'Clip') {
    const [low, high] = inner(first);
    return [Math.max(low, scalar(second) ?? -Infinity), Math.min(high, scalar(node.inputs[2]) ?? Infinity)];
  }
  const [a, b] = [scalar(first), scalar(second)];
  const by = a ?? b;
  if (by === undefined) return [-Infinity, Infinity];
  const applied = linear[node.op]?.(by, a !== undefined);
  if (!applied) return [-Infinity, Infinity];
  const [x, y] = inner(a === undefined ? first : second).map(applied) as [number, number];
  return [Math.min(x, y), Math.max(x, y)];
}

/** What an operator with a scalar, as its first or second input, makes of its other input. */
const linear: Readonly<
  Record<string, (by: number, isFirst: boolean) => ((x: number) => number) | undefined>
> = {
  Add: (by) => (x) => x + by,
  Mul: (by) => (x) => x * by,
  Sub: (by, isFirst) => (x) => (isFirst ? by - x : x - by),
  Div: (by, isFirst) => (isFirst ? undefined : (x) => x / by),
};
