import { int, intOf } from '../../attributes.js';
import { is } from '../../catalogue/index.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { dependents } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { steps } from '../../steps.js';

/** Far below any score but finite: no product with zero is NaN, and no sum of two overflows. */
export const farBelow = -1e30;

/** Replaces -Infinity in attention masks by `farBelow`, so that gradients stay finite. */
export function finiteMasks(graph: Graph): Graph {
  const infinite = new Set([...graph.initializers].filter(([, c]) => hidesValues(c)).map(([name]) => name));
  for (const node of graph.nodes) {
    if (!masks(node)) for (const input of node.inputs) infinite.delete(input);
  }
  if (infinite.size === 0) return graph;
  const initializers = new Map(graph.initializers);
  for (const name of infinite) initializers.set(name, finite(initializers.get(name)!));
  return nanWhereAllAreHidden({ ...graph, initializers }, infinite);
}

/**
 * A softmax of scores that are all -Infinity is NaN; of `farBelow` alone it would be even. So each that the
 * input itself can hide gets 0 times a root that is NaN there.
 */
function nanWhereAllAreHidden(graph: Graph, infinite: ReadonlySet<string>): Graph {
  const depends = dependents(graph);
  const hidden = new Set<string>();
  for (const node of graph.nodes) {
    const [condition = ''] = node.inputs;
    const hides = node.op === 'Where' && depends.has(condition) && node.inputs.some((v) => infinite.has(v));
    if (hides || (passes(node) && node.inputs.some((v) => hidden.has(v))))
      for (const output of node.outputs) hidden.add(output);
  }
  if (hidden.size === 0) return graph;
  return rewriteNodes(graph, (node, edit) => {
    const [x = ''] = node.inputs;
    if ((node.op !== 'Softmax' && node.op !== 'LogSoftmax') || !hidden.has(x)) return node;
    const s = steps(node, edit);
    const most = s.reduce('ReduceMax', x, [intOf(node, 'axis', -1)], { keepdims: int(1) });
    const root = s.emit('Sqrt', [s.add(s.div(most, -farBelow / 100), 1)]);
    const inputs = [s.add(x, s.mul(root, 0))];
    return [...s.nodes, { ...node, inputs }];
  });
}

/** Operators behind which hidden scores are far below all others still. */
const passes = (node: Node) =>
  masks(node) ||
  ((node.op === 'Mul' || node.op === 'Div') && node.domain === '') ||
  is(node, 'moves', 'in-order') ||
  is(node, 'moves', 'reordered');

/** Operators that apply a mask to scores. */
const masks = ({ op, domain }: Node) => domain === '' && (op === 'Add' || op === 'Where');

const hidesValues = ({ type, data }: Constant): boolean =>
  (type === 'float32' || type === 'float64') && (data as Float32Array).includes(Number.NEGATIVE_INFINITY);

const finite = (constant: Constant): Constant => ({
  ...constant,
  data: (constant.data as Float32Array).map((v) => (v === Number.NEGATIVE_INFINITY ? farBelow : v)),
});
