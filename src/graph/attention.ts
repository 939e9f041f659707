import { unsupported } from '../base/errors.js';
import { intOf } from './attributes.js';
import { dependents } from './dependents.js';
import type { Graph, Node } from './graph.js';
import { producersOf, readersOf } from './order.js';
import { axisOf, type Shapes } from './shapes.js';

/** probabilities = softmax(.. query x key ..) and context = probabilities x value, as the graph holds it. */
export interface AttentionBlock {
  /** The softmax's output: `[N, heads, T, S]`, `[N heads, T, S]`, or `[heads, N, T, S]`. */
  readonly probabilities: string;
  /** The node that multiplies query and key, and the one that multiplies probabilities and value. */
  readonly score: Node;
  readonly context: Node;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** Whether the heads come before the batch. */
  readonly headsFirst: boolean;
}

/** The blocks at one depth: all heads in one, or a block for each head. */
export type AttentionLayer = readonly AttentionBlock[];

/**
 * The attention layers of a graph, first to last, found by their form alone: MatMul, scale and mask, Softmax, MatMul
 * (Einsum for MatMul). Throws where attention is a single fused node or runs over windows; a graph without any gives none.
 */
export function attentionLayers(graph: Graph, shapes: Shapes): readonly AttentionLayer[] {
  refuseFused(graph);
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const depends = dependents(graph);
  const matrices = (node: Node) =>
    (node.op === 'MatMul' || node.op === 'Einsum') && node.inputs.filter((v) => depends.has(v)).length === 2;
  const through = (value: string): Node | undefined => {
    for (const reader of readers.get(value) ?? []) {
      if (matrices(reader) && reader.inputs[0] === value) return reader;
      const further = passing.has(reader.op) && reader.outputs[0] ? through(reader.outputs[0]) : undefined;
      if (further) return further;
    }
    return undefined;
  };
  const above = (value: string): Node | undefined => {
    const node = producers.get(value);
    if (!node || matrices(node)) return node;
    if (!scoring.has(node.op)) return undefined;
    for (const input of node.inputs) {
      const found = depends.has(input) ? above(input) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  const found = new Map<Node, AttentionBlock>();
  for (const node of graph.nodes) {
    const rank = shapes.get(node.outputs[0] ?? '')?.dims.length ?? 0;
    if (node.op !== 'Softmax' || rank < 3 || axisOf(intOf(node, 'axis', -1), rank) !== rank - 1) continue;
    const [score, context] = [above(node.inputs[0]!), through(node.outputs[0]!)];
    if (score && context && score !== context) found.set(context, blockOf(node, score, context, shapes));
  }
  return byDepth(graph, found);
}

/** What may stand between the softmax and the product with the values. */
const passing = new Set(['Identity', 'Dropout', 'Cast', 'Reshape', 'Squeeze', 'Unsqueeze', 'Where', 'Mul']);
/** What may stand between the product of query and key and the softmax. */
const scoring = new Set([...passing, 'Div', 'Add', 'Sub', 'Clip', 'Tanh', 'Max', 'Expand', 'Slice']);

const fused = new Set([
  'Attention',
  'MultiHeadAttention',
  'GroupQueryAttention',
  'QAttention',
  'PackedAttention',
  'PackedMultiHeadAttention',
  'DecoderMaskedMultiHeadAttention',
]);

function refuseFused(graph: Graph): void {
  const node = graph.nodes.find(({ op }) => fused.has(op));
  if (!node) return;
  const operator = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  throw unsupported(
    `node '${node.name}' (${operator}) hides its attention; export the model without fused attention (opset below 23, no transformer optimisation)`,
  );
}

function blockOf(softmax: Node, score: Node, context: Node, shapes: Shapes): AttentionBlock {
  const probabilities = softmax.outputs[0]!;
  const { dims, batchAxis } = shapes.get(probabilities)!;
  const [queries, keys] = dims.slice(-2) as [number, number];
  const block = { probabilities, score, context, queries, keys };
  const [first, second] = dims as [number, number];
  if (dims.length === 3 && batchAxis === 0) return { ...block, heads: first, headsFirst: false };
  if (dims.length === 4 && batchAxis === 0 && first === 1)
    return { ...block, heads: second, headsFirst: false };
  if (dims.length === 4 && batchAxis === 1 && second === 1)
    return { ...block, heads: first, headsFirst: true };
  throw unsupported(
    `node '${softmax.name}' attends within parts of the image: its probabilities have shape [${dims}] for one sample; attention over windows (Swin) is not handled`,
  );
}

/** Blocks by the number of attention products before them. */
function byDepth(graph: Graph, blocks: ReadonlyMap<Node, AttentionBlock>): AttentionLayer[] {
  const depth = new Map<string, number>();
  const layers: AttentionBlock[][] = [];
  for (const node of graph.nodes) {
    const before = Math.max(0, ...node.inputs.map((v) => depth.get(v) ?? 0));
    const block = blocks.get(node);
    if (block) {
      layers[before] = [...(layers[before] ?? []), block];
    }
    for (const output of node.outputs) depth.set(output, block ? before + 1 : before);
  }
  return layers;
}
