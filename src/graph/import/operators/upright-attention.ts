import { int, intOf, ints, intsOf } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf, readersOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { withoutUnused } from '../../tidy.js';

/** Operators that may scale or mask the scores. */
const between = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * Writes attention whose scores have their keys in rows, softmax over the last axis but one and then a
 * transposition, with its queries in rows: (K Q')' = Q K'. TensorFlow's exporter moves the transposition of
 * an einsum behind its softmax.
 */
export function uprightAttention(graph: Graph): Graph {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const isOwn = (value: string) => !outputs.has(value) && readers.get(value)?.length === 1;
  const made = (value: string, op: string) => {
    const node = producers.get(value);
    return node?.domain === '' && node.op === op ? node : undefined;
  };

  /** A factor of the product, turned: its own transposition with the last two axes exchanged. */
  const factor = (value: string, rank: number) => {
    const node = made(value, 'Transpose');
    const perm = node && intsOf(node, 'perm');
    return perm?.length === rank ? { of: node!.inputs[0]!, perm: turned(perm) } : undefined;
  };

  /** The nodes from the product to the softmax, last first; undefined where one of them cannot be turned. */
  const scoring = (value: string, rank: number): Node[] | undefined => {
    const node = isOwn(value) ? producers.get(value) : undefined;
    if (node?.domain !== '') return undefined;
    if (node.op === 'MatMul') return node.inputs.every((v) => factor(v, rank)) ? [node] : undefined;
    const computed = node.inputs.filter((v) => !graph.initializers.has(v));
    const isScaled = node.inputs.every(
      (v) => graph.initializers.get(v)?.data.length === 1 || v === computed[0],
    );
    if (!between.has(node.op) || computed.length !== 1 || !isScaled) return undefined;
    const before = scoring(computed[0]!, rank);
    return before && [node, ...before];
  };

  const products = new Map<Node, number>();
  const softmaxes = new Map<Node, string>();
  const turns = new Set<Node>();
  for (const turn of graph.nodes) {
    const perm = turn.op === 'Transpose' && turn.domain === '' ? intsOf(turn, 'perm') : undefined;
    const rank = perm?.length ?? 0;
    if (rank < 3 || !turned(perm!).every((axis, i) => axis === i)) continue;
    const softmax = made(turn.inputs[0]!, 'Softmax');
    if (!softmax || !isOwn(softmax.outputs[0]!)) continue;
    const product = ![rank - 2, -2].includes(intOf(softmax, 'axis', -1))
      ? undefined
      : scoring(softmax.inputs[0]!, rank)?.at(-1);
    if (!product) continue;
    products.set(product, rank);
    softmaxes.set(softmax, turn.outputs[0]!);
    turns.add(turn);
  }
  if (turns.size === 0) return graph;
  const upright = rewriteNodes(graph, (node, edit) => {
    if (turns.has(node)) return [];
    const after = softmaxes.get(node);
    if (after !== undefined) return { ...node, outputs: [after], attributes: { axis: int(-1) } };
    const rank = products.get(node);
    if (rank === undefined) return node;
    const factors = node.inputs.toReversed().map((value) => factor(value, rank)!);
    const values = factors.map(() => edit.fresh('sl.turned'));
    return [
      ...factors.map(({ of, perm }, i) => edit.node('Transpose', [of], values[i]!, { perm: ints(perm) })),
      { ...node, inputs: values },
    ];
  });
  return withoutUnused(upright);
}

/** A permutation with its last two axes exchanged. */
const turned = (perm: readonly number[]) => [...perm.slice(0, -2), perm.at(-1)!, perm.at(-2)!];
