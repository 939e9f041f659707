import { unsupported } from '../../base/errors.js';
import { floatOf, int, intOf, ints } from '../attributes.js';
import { int64, scalar } from '../elements.js';
import type { Graph, Node } from '../graph.js';
import { dataTypes } from '../schema.js';
import { type Edit, rewriteNodes } from './rewrite.js';

/** Rewrites ONNX's own Attention (opset 23) as products of matrices and a softmax: softmax(q k' scale + mask) v. */
export function openAttention(graph: Graph): Graph {
  if (!graph.nodes.some(isAttention)) return graph;
  return rewriteNodes(graph, (node, edit) => (isAttention(node) ? opened(node, edit) : node));
}

const isAttention = ({ op, domain }: Node) => op === 'Attention' && domain === '';

function opened(node: Node, edit: Edit): readonly Node[] {
  const [q, k, v, mask, ...others] = node.inputs as [string, string, string, string?, ...string[]];
  const why = oddity(node, others);
  if (why !== undefined) throw unsupported(`operator 'Attention' (node '${node.name}') with ${why}`);
  const nodes: Node[] = [];
  const emit = (op: string, inputs: readonly string[], attributes = {}, output?: string) => {
    const value = output ?? edit.fresh(`${node.outputs[0]}.${op}`);
    nodes.push(edit.node(op, inputs, value, attributes));
    return value;
  };
  const heads = intOf(node, 'q_num_heads', 0);
  const turned = (value: string, perm: readonly number[]) => emit('Transpose', [value], { perm: ints(perm) });
  // [N, tokens, heads size] or [N, heads, tokens, size]
  const apart = (value: string) => {
    if (heads === 0) return value;
    const split = emit('Reshape', [value, edit.constant(int64([0, 0, heads, -1]))]);
    return turned(split, [0, 2, 1, 3]);
  };
  const [queries, keys, values] = [apart(q), turned(apart(k), [0, 1, 3, 2]), apart(v)];
  const products = emit('MatMul', [queries, keys]);
  const given = floatOf(node, 'scale', 0);
  const scale = given === 0 ? rootOfSize(queries, emit, edit) : edit.constant(scalar(given));
  const scaled = emit('Mul', [products, scale]);
  const scores = mask ? emit('Add', [scaled, mask]) : scaled;
  const weights = emit('Softmax', [scores], { axis: int(-1) });
  if (heads === 0) emit('MatMul', [weights, values], {}, node.outputs[0]);
  else {
    const mixed = turned(emit('MatMul', [weights, values]), [0, 2, 1, 3]);
    emit('Reshape', [mixed, edit.constant(int64([0, 0, -1]))], {}, node.outputs[0]);
  }
  return nodes;
}

/** 1 / sqrt(size), which the lengths tell once the graph is folded. */
function rootOfSize(
  queries: string,
  emit: (op: string, inputs: readonly string[], attributes?: Node['attributes']) => string,
  edit: Edit,
): string {
  const length = emit('Shape', [queries], { start: int(-1) });
  const size = emit('Cast', [length], { to: int(dataTypes.float32) });
  return emit('Pow', [size, edit.constant(scalar(-0.5))]);
}

/** What is not handled. */
function oddity(node: Node, others: readonly string[]): string | undefined {
  if (others.some((v) => v !== '')) return 'a past or lengths';
  if (node.outputs.slice(1).some((v) => v !== '')) return 'more than one output';
  if (intOf(node, 'is_causal', 0) !== 0) return 'is_causal = 1';
  if (floatOf(node, 'softcap', 0) !== 0) return 'softcap';
  const [queries, keys] = [intOf(node, 'q_num_heads', 0), intOf(node, 'kv_num_heads', 0)];
  return queries === keys ? undefined : 'fewer heads of keys than of queries';
}
