import { intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { holdsGraph } from '../../graph/order.js';
import { chooses, dependenceOf } from '../../graph/reach.js';
import { constant, isPass, type Lookup, lookup } from './lookup.js';
import { softCapped } from './soft-cap.js';

/** Operators after which a score is none any more: what they make is bounded, or another quantity. */
const curves = new Set([
  ...['Tanh', 'Sigmoid', 'HardSigmoid', 'Softsign', 'Erf', 'Atan', 'Asin', 'Acos', 'Sin', 'Cos', 'Tan'],
  ...['Exp', 'Log', 'Softplus', 'Softmax', 'LogSoftmax', 'Hardmax', 'ReduceLogSum', 'ReduceLogSumExp'],
  'CumSum',
]);

/** Operators that join values: what they make is a score where one of these is. */
const joining = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Sum',
  'Mean',
  'Max',
  'Min',
  'Concat',
  'Where',
  'ScatterND',
  'ScatterElements',
]);

/**
 * The operators that make something else of the scores of the last layer, if any: a curve such as Tanh, the
 * logarithm of a sum over the classes, or a mean of constants that a softmax weighs; several where columns
 * are joined. `classes` is the number of columns that are left.
 */
export function curveAfter(
  graph: Graph,
  value: string,
  producers: ReadonlyMap<string, Node>,
  classes: number,
): readonly string[] | undefined {
  const at = lookup(graph, producers);
  const moves = dependenceOf(
    graph,
    graph.inputs.map((v) => v.name),
  );
  const known = new Map<string, readonly string[] | undefined | false>();
  /** The operators, or nothing where the value is a score; false for constants. */
  const walk = (made: string): readonly string[] | undefined | false => {
    if (!known.has(made)) known.set(made, look(made));
    return known.get(made);
  };
  const look = (made: string): readonly string[] | undefined | false => {
    if (!moves.has(made)) return false;
    const node = producers.get(made);
    if (node?.domain === 'ai.onnx.ml' && node.op.endsWith('Regressor')) return [node.op];
    if (node?.domain !== '') return undefined;
    if (holdsGraph(node)) return node.op === 'If' ? undefined : [node.op];
    const [first = ''] = node.inputs;
    if (is(node, 'layer')) return isMean(node) ? ['Softmax'] : undefined;
    const capped = softCapped(node, at);
    if (capped !== undefined) return walk(capped);
    const summed = logOfSum(node, graph, at);
    if (summed) return classes === 1 && summed.overClasses ? [node.op] : walk(summed.of);
    if (curves.has(node.op)) return oddsOf(node, at) === undefined ? [node.op] : undefined;
    if (!joining.has(node.op)) return first === '' ? undefined : walk(first);
    const parts = node.inputs.filter((_, i) => !chooses(node, i)).map(walk);
    const moving = parts.filter((part) => part !== false);
    if (moving.length === 0) return false;
    return moving.includes(undefined) ? undefined : [...new Set(moving.flatMap((part) => part ?? []))];
  };
  /** Whether a layer only weighs constants by a softmax: a column of them, or the places of a grid. */
  const isMean = ({ inputs }: Node) => {
    const [moving, ...others] = inputs.slice(0, 2).filter((v) => moves.has(v));
    if (moving === undefined || others.length > 0 || !at.made(shaped(moving), 'Softmax')) return false;
    const weighed = constant(graph, inputs.find((v) => v !== moving)!);
    if (classes === 1 || weighed?.shape.filter((length) => length > 1).length === 1) return true;
    return weighed !== undefined && areCoordinates(weighed, classes);
  };
  const shaped = (v: string): string => {
    const node = producers.get(v);
    return node && isPass(node) ? shaped(node.inputs[0]!) : v;
  };
  return walk(value) || undefined;
}

/** Whether each of a matrix's columns (or rows) holds a grid's coordinates: equal steps, each as often. */
function areCoordinates(matrix: Constant, classes: number): boolean {
  const values = numbers(matrix);
  const [rows = 0, columns = 0] = matrix.shape;
  if (matrix.shape.length !== 2 || (columns !== classes && rows !== classes)) return false;
  const length = values.length / classes;
  return Array.from({ length: classes }, (_, k) => k).every((k) => {
    const own = Array.from(
      { length },
      (_, i) => values[columns === classes ? i * classes + k : k * length + i]!,
    );
    const counts = new Map<number, number>();
    for (const value of own) counts.set(value, (counts.get(value) ?? 0) + 1);
    const places = [...counts.keys()].sort((a, b) => a - b);
    const step = (places.at(-1)! - places[0]!) / (places.length - 1);
    return (
      places.length > 2 &&
      new Set(counts.values()).size === 1 &&
      places.every((place, i) => Math.abs(place - places[0]! - i * step) <= 1e-4 * step)
    );
  });
}

/** The logarithm of a sum of exponentials, and whether the sum may be over the classes. */
function logOfSum(node: Node, graph: Graph, at: Lookup): { of: string; overClasses: boolean } | undefined {
  const sum = node.op === 'Log' ? at.made(node.inputs[0], 'ReduceSum', 'ReduceMean') : undefined;
  const reduces = node.op === 'ReduceLogSumExp' ? node : sum;
  const of = node.op === 'ReduceLogSumExp' ? node.inputs[0] : at.made(sum?.inputs[0], 'Exp')?.inputs[0];
  if (!reduces || of === undefined) return undefined;
  const given = constant(graph, reduces.inputs[1] ?? '');
  const axes = given ? numbers(given) : (intsOf(reduces, 'axes') ?? []);
  return { of, overClasses: [...axes].every((axis) => axis === 1 || axis === -1) };
}

/** The value p where a node is the logarithm of p / (1 - p). */
export function oddsOf({ op, inputs: [of] }: Node, at: Lookup): string | undefined {
  const odds = op === 'Log' ? at.made(of, 'Div') : undefined;
  const rest = at.made(odds?.inputs[1], 'Sub');
  const [p] = odds?.inputs ?? [];
  return rest && at.scalar(rest.inputs[0]) === 1 && at.source(rest.inputs[1]!) === at.source(p!)
    ? p
    : undefined;
}
