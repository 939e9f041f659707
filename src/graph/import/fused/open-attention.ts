import { unsupported } from '../../../base/errors.js';
import { floatOf, int, intOf } from '../../attributes.js';
import { is } from '../../catalogue/index.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { dataTypes } from '../../schema.js';
import { type Steps, steps } from '../../steps.js';
import { farBelow } from '../operators/finite-masks.js';
import type { Lengths } from '../operators/upgrade.js';

/**
 * Rewrites ONNX's Attention (opset 23) as matrix products and a softmax, as ONNX Runtime computes it:
 * softmax(softcap tanh(q k' scale / softcap) + mask) v. `lengths` holds the shapes of the values that
 * `needsHeads` names. Throws for key-value caches, sequence lengths and further outputs.
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

/** The values whose shapes give the number of heads: rank-4 inputs, without attributes for it. */
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
  const products = s.matMul(queries, s.transpose(keys, [0, 1, 3, 2]));
  const given = floatOf(node, 'scale', 0);
  const scaled = s.mul(products, given === 0 ? rootOfSize(queries, s) : s.number(given));
  const capped = softlyCapped(scaled, floatOf(node, 'softcap', 0), s);
  const masked = mask ? hidden(capped, mask, isBool(mask), s) : capped;
  const scores = intOf(node, 'is_causal', 0) ? s.add(masked, future(masked, s)) : masked;
  const weights = s.emit('Softmax', [scores], { axis: int(-1) });
  if (heads === 0) s.emit('MatMul', [weights, values], {}, node.outputs[0]);
  else {
    const mixed = s.transpose(s.matMul(weights, values), [0, 2, 1, 3]);
    s.emit('Reshape', [mixed, s.whole(0, 0, -1)], {}, node.outputs[0]);
  }
}

type Three = readonly [queries: string, keys: string, values: string];

/**
 * Splits `[N, tokens, heads size]` into `[N, heads, tokens, size]`. Each head of keys and values serves
 * several heads of queries (grouped-query attention).
 */
function apart(node: Node, { reshape, emit, unsqueeze, whole, transpose }: Steps): Three {
  const [queries, own] = [intOf(node, 'q_num_heads', 0), intOf(node, 'kv_num_heads', 0)];
  const split = (value: string, heads: number, times: number) => {
    const parts = reshape(value, [0, 0, heads, -1]);
    const each = () => emit('Tile', [unsqueeze(parts, [3]), whole(1, 1, 1, times, 1)]);
    const all = times === 1 ? parts : reshape(each(), [0, 0, heads * times, -1]);
    return transpose(all, [0, 2, 1, 3]);
  };
  const [q, k, v] = node.inputs as [string, string, string];
  return [split(q, queries, 1), split(k, own, queries / own), split(v, own, queries / own)];
}

/** The same for inputs that have an axis of heads. */
function repeated(node: Node, { unsqueeze, emit, whole, reshape }: Steps, lengths: Lengths): Three {
  const [q, k, v] = node.inputs as [string, string, string];
  const queries = lengths.get(q)?.[1];
  const repeat = (value: string) => {
    const [, heads, tokens, size] = lengths.get(value) ?? [];
    if (heads === undefined || queries === undefined || heads === queries || heads === 1) return value;
    const each = unsqueeze(value, [2]);
    const all = emit('Tile', [each, whole(1, 1, queries / heads, 1, 1)]);
    return reshape(all, [0, queries, tokens!, size!]);
  };
  return [q, repeat(k), repeat(v)];
}

/** 1 / sqrt(length of the last axis); constant once the graph is folded. */
export function rootOfSize(queries: string, { emit, pow }: Steps): string {
  const length = emit('Shape', [queries], { start: int(-1) });
  const size = emit('Cast', [length], { to: int(dataTypes.float32) });
  return pow(size, -0.5);
}

function softlyCapped(scores: string, cap: number, { mul, tanh, div }: Steps): string {
  if (cap === 0) return scores;
  return mul(tanh(div(scores, cap)), cap);
}

/** A boolean mask selects the visible tokens; a numeric mask is added. */
const hidden = (scores: string, mask: string, isBool: boolean, { where, add }: Steps) =>
  isBool ? where(mask, scores, farBelow) : add(scores, mask);

/** The causal mask: `farBelow` above the diagonal, 0 elsewhere. */
export function future(scores: string, s: Steps): string {
  const lengths = s.emit('Shape', [scores], { start: int(-2) });
  const all = s.emit('Expand', [s.number(farBelow), lengths]);
  return s.emit('Trilu', [all, s.emit('Squeeze', [s.whole(1)])], { upper: int(1) });
}

/** The reason why a node is not supported. */
function oddity(node: Node, others: readonly string[]): string | undefined {
  if (others.some((v) => v !== '')) return 'a past or lengths';
  if (node.outputs.slice(1).some((v) => v !== '')) return 'more than one output';
  const [queries, keys] = [intOf(node, 'q_num_heads', 0), intOf(node, 'kv_num_heads', 0)];
  return queries > 0 && queries % keys !== 0 ? `${queries} heads of queries and ${keys} of keys` : undefined;
}
