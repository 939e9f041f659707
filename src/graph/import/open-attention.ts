import { unsupported } from '../../base/errors.js';
import { floatOf, int, intOf, ints } from '../attributes.js';
import { is } from '../catalogue/index.js';
import type { Graph, Node } from '../graph.js';
import { producersOf } from '../order.js';
import { rewriteNodes } from '../rewrite.js';
import { dataTypes } from '../schema.js';
import { type Steps, steps } from '../steps.js';
import { farBelow } from './finite-masks.js';
import type { Lengths } from './upgrade.js';

/**
 * Rewrites ONNX's own Attention (opset 23) as products of matrices and a softmax, as ONNX Runtime computes it:
 * softmax(softcap tanh(q k' scale / softcap) + mask) v. `lengths` are those of what `needsHeads` names.
 */
export function openAttention(graph: Graph, lengths: Lengths = new Map()): Graph {
  if (!graph.nodes.some(isAttention)) return graph;
  const producers = producersOf(graph);
  const isBool = (value: string) => {
    const maker = producers.get(value);
    return (
      graph.initializers.get(value)?.type === 'bool' || (maker !== undefined && is(maker, 'makes', 'bool'))
    );
  };
  return rewriteNodes(graph, (node, edit) => {
    if (!isAttention(node)) return node;
    const s = steps(node, edit);
    opened(node, s, lengths, isBool);
    return s.nodes;
  });
}

const isAttention = ({ op, domain }: Node) => op === 'Attention' && domain === '';

/** The values whose lengths tell how many heads there are: of four axes, without attributes. */
export const needsHeads = (graph: Graph): string[] =>
  graph.nodes
    .filter((node) => isAttention(node) && intOf(node, 'q_num_heads', 0) === 0)
    .flatMap(({ inputs }) => inputs.slice(0, 3));

function opened(node: Node, s: Steps, lengths: Lengths, isBool: (value: string) => boolean): void {
  const [mask, ...others] = node.inputs.slice(3);
  const why = oddity(node, others);
  if (why !== undefined) throw unsupported(`operator 'Attention' (node '${node.name}') with ${why}`);
  const heads = intOf(node, 'q_num_heads', 0);
  const [queries, keys, values] = heads > 0 ? apart(node, s) : repeated(node, s, lengths);
  const turned = (value: string, perm: readonly number[]) =>
    s.emit('Transpose', [value], { perm: ints(perm) });
  const products = s.emit('MatMul', [queries, turned(keys, [0, 1, 3, 2])]);
  const given = floatOf(node, 'scale', 0);
  const scaled = s.emit('Mul', [products, given === 0 ? rootOfSize(queries, s) : s.number(given)]);
  const capped = softlyCapped(scaled, floatOf(node, 'softcap', 0), s);
  const masked = mask ? hidden(capped, mask, isBool(mask), s) : capped;
  const scores = intOf(node, 'is_causal', 0) ? s.emit('Add', [masked, future(masked, s)]) : masked;
  const weights = s.emit('Softmax', [scores], { axis: int(-1) });
  if (heads === 0) s.emit('MatMul', [weights, values], {}, node.outputs[0]);
  else {
    const mixed = turned(s.emit('MatMul', [weights, values]), [0, 2, 1, 3]);
    s.emit('Reshape', [mixed, s.whole(0, 0, -1)], {}, node.outputs[0]);
  }
}

type Three = readonly [queries: string, keys: string, values: string];

/** From `[N, tokens, heads size]` to `[N, heads, tokens, size]`; of keys and values each head serves several of queries. */
function apart(node: Node, s: Steps): Three {
  const [queries, own] = [intOf(node, 'q_num_heads', 0), intOf(node, 'kv_num_heads', 0)];
  const split = (value: string, heads: number, times: number) => {
    const parts = s.emit('Reshape', [value, s.whole(0, 0, heads, -1)]);
    const each = () => s.emit('Tile', [s.emit('Unsqueeze', [parts, s.whole(3)]), s.whole(1, 1, 1, times, 1)]);
    const all = times === 1 ? parts : s.emit('Reshape', [each(), s.whole(0, 0, heads * times, -1)]);
    return s.emit('Transpose', [all], { perm: ints([0, 2, 1, 3]) });
  };
  const [q, k, v] = node.inputs as [string, string, string];
  return [split(q, queries, 1), split(k, own, queries / own), split(v, own, queries / own)];
}

/** The same where the heads have an axis of their own. */
function repeated(node: Node, s: Steps, lengths: Lengths): Three {
  const [q, k, v] = node.inputs as [string, string, string];
  const queries = lengths.get(q)?.[1];
  const repeat = (value: string) => {
    const [, heads, tokens, size] = lengths.get(value) ?? [];
    if (heads === undefined || queries === undefined || heads === queries || heads === 1) return value;
    const each = s.emit('Unsqueeze', [value, s.whole(2)]);
    const all = s.emit('Tile', [each, s.whole(1, 1, queries / heads, 1, 1)]);
    return s.emit('Reshape', [all, s.whole(0, queries, tokens!, size!)]);
  };
  return [q, repeat(k), repeat(v)];
}

/** 1 / sqrt(size), which the lengths tell once the graph is folded. */
function rootOfSize(queries: string, s: Steps): string {
  const length = s.emit('Shape', [queries], { start: int(-1) });
  const size = s.emit('Cast', [length], { to: int(dataTypes.float32) });
  return s.emit('Pow', [size, s.number(-0.5)]);
}

function softlyCapped(scores: string, cap: number, s: Steps): string {
  if (cap === 0) return scores;
  return s.emit('Mul', [s.emit('Tanh', [s.emit('Div', [scores, s.number(cap)])]), s.number(cap)]);
}

/** A mask of truth values says what is seen, one of numbers is added. */
const hidden = (scores: string, mask: string, isBool: boolean, s: Steps) =>
  isBool ? s.emit('Where', [mask, scores, s.number(farBelow)]) : s.emit('Add', [scores, mask]);

/** Hides later tokens: zeros, and far below zero above the diagonal. */
function future(scores: string, s: Steps): string {
  const lengths = s.emit('Shape', [scores], { start: int(-2) });
  const all = s.emit('Expand', [s.number(farBelow), lengths]);
  return s.emit('Trilu', [all, s.emit('Squeeze', [s.whole(1)])], { upper: int(1) });
}

/** What is not handled. */
function oddity(node: Node, others: readonly string[]): string | undefined {
  if (others.some((v) => v !== '')) return 'a past or lengths';
  if (node.outputs.slice(1).some((v) => v !== '')) return 'more than one output';
  const [queries, keys] = [intOf(node, 'q_num_heads', 0), intOf(node, 'kv_num_heads', 0)];
  return queries > 0 && queries % keys !== 0 ? `${queries} heads of queries and ${keys} of keys` : undefined;
}
