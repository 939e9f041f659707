import { intOf } from './attributes.js';
import { is } from './catalogue/index.js';
import type { Graph, Node } from './graph.js';
import { ancestors, dependents, producersOf, readersOf } from './order.js';
import { axisOf, type Shapes } from './shapes.js';

/** One attention block: context = probabilities x value, with probabilities = softmax(.. query x key ..). */
export interface AttentionBlock {
  /** The softmax's output, `[N, heads, T, S]`, `[N heads, T, S]` or `[heads, N, T, S]`. */
  readonly probabilities: string;
  /** The node that computes query x key. */
  readonly score: Node;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** `windows`: the image is cut into windows along the batch axis, so `heads` is unknown (0). */
  readonly layout: 'batch-first' | 'heads-first' | 'windows';
}

/** The blocks at one depth: one block of all heads, or one block per head. */
export type AttentionLayer = readonly AttentionBlock[];

/**
 * The attention layers of a graph in execution order, matched by structure: MatMul, scale and mask, Softmax,
 * MatMul. An Einsum counts as a MatMul. Returns an empty list where nothing matches; `fusedAttention` finds
 * fused attention nodes.
 */
export function attentionLayers(graph: Graph, shapes: Shapes): readonly AttentionLayer[] {
  const producers = producersOf(graph);
  const depends = dependents(graph);
  const matrices = ofTwoComputed(depends);
  const contextOf = contexts(graph);
  const scores = (value: string) =>
    search(value, (at) => {
      const node = producers.get(at);
      if (!node || matrices(node)) return { node, further: [] };
      return { further: scoring(node) ? node.inputs.filter((v) => depends.has(v)) : [] };
    });
  const found = new Map<Node, AttentionBlock>();
  for (const node of graph.nodes) {
    if (!isRowwise(node, shapes)) continue;
    const [score, context] = [scores(node.inputs[0]!), contextOf(node)];
    if (score && context && score !== context) found.set(context, blockOf(node, score, shapes));
  }
  return byDepth(graph, found);
}

const ofTwoComputed = (depends: ReadonlySet<string>) => (node: Node) =>
  (node.op === 'MatMul' || node.op === 'Einsum') && node.inputs.filter((v) => depends.has(v)).length === 2;

/** Finds the matrix product whose first factor a node makes, as a softmax does that of an attention. */
export function contexts(graph: Graph): (node: Node) => Node | undefined {
  const readers = readersOf(graph);
  const matrices = ofTwoComputed(dependents(graph));
  return ({ outputs }) =>
    search(outputs[0]!, (at) => {
      const all = readers.get(at) ?? [];
      const node = all.find((reader) => matrices(reader) && reader.inputs[0] === at);
      return {
        node,
        further: all.flatMap((reader) => (passing(reader) ? reader.outputs.slice(0, 1) : [])),
      };
    });
}

/** Whether a node is a softmax over the last of at least three axes, as that of an attention is. */
function isRowwise(node: Node, shapes: Shapes): boolean {
  const rank = shapes.get(node.outputs[0] ?? '')?.dims.length ?? 0;
  return node.op === 'Softmax' && rank >= 3 && axisOf(intOf(node, 'axis', -1), rank) === rank - 1;
}

/**
 * The first softmax of such a form between the input and `output` that is in none of the layers: of an
 * attention with learned queries, gates, or products between its heads. One that makes the output's own
 * probabilities (of the pair of scores that each finding has, say) is none of these.
 */
export function softmaxOutside(
  graph: Graph,
  shapes: Shapes,
  layers: readonly AttentionLayer[],
  output: string,
): Node | undefined {
  const inside = new Set(layers.flat().map(({ probabilities }) => probabilities));
  const [depends, onTheWay] = [dependents(graph), ancestors(graph, output)];
  const used = (value: string) => depends.has(value) && onTheWay.has(value);
  const readers = readersOf(graph);
  const weighs = (node: Node) =>
    is(node, 'layer') || (node.op === 'Mul' && node.inputs.every((v) => depends.has(v)));
  const isHead = ({ outputs }: Node) =>
    search(outputs[0]!, (at) => {
      const further = (readers.get(at) ?? []).filter((reader) => reader.outputs.some(used));
      return { node: further.find(weighs), further: further.flatMap((reader) => reader.outputs) };
    }) === undefined;
  return graph.nodes.find(
    (node) =>
      isRowwise(node, shapes) && used(node.outputs[0]!) && !inside.has(node.outputs[0]!) && !isHead(node),
  );
}

/** Searches from a value in breadth-first order and returns the first node found. Visits each value once. */
function search(
  from: string,
  look: (value: string) => { readonly node?: Node | undefined; readonly further: readonly string[] },
): Node | undefined {
  const waiting = [from];
  const seen = new Set(waiting);
  for (const value of waiting) {
    const { node, further } = look(value);
    if (node) return node;
    for (const next of further) {
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
  }
  return undefined;
}

/** Nodes that compute integers for values or values for integers, position by position. */
export const quantises = ({ domain, op }: Node): boolean =>
  domain === '' && (op === 'QuantizeLinear' || op === 'DequantizeLinear');

/** Nodes allowed between the softmax and the product with the values. */
const passing = (node: Node) =>
  quantises(node) ||
  is(node, 'moves', 'in-order') ||
  (node.domain === '' && (node.op === 'Where' || node.op === 'Mul'));
/** Nodes allowed between the product of query and key and the softmax. */
const scoring = (node: Node) =>
  quantises(node) ||
  is(node, 'pointwise') ||
  is(node, 'moves', 'in-order', 'cut') ||
  (node.domain === '' && node.op === 'Expand');

/**
 * The first node that computes a whole attention block (ai.onnx Attention, com.microsoft MultiHeadAttention).
 */
export const fusedAttention = (graph: Graph): Node | undefined =>
  graph.nodes.find(({ op }) => op.endsWith('Attention'));

function blockOf(softmax: Node, score: Node, shapes: Shapes): AttentionBlock {
  const probabilities = softmax.outputs[0]!;
  const { dims, batchAxis } = shapes.get(probabilities)!;
  const [queries, keys] = dims.slice(-2) as [number, number];
  const block = { probabilities, score, queries, keys };
  const [first, second] = dims as [number, number];
  if (dims.length === 3 && batchAxis === 0) return { ...block, heads: first, layout: 'batch-first' };
  if (dims.length === 4 && batchAxis === 0 && first === 1) {
    return { ...block, heads: second, layout: 'batch-first' };
  }
  if (dims.length === 4 && batchAxis === 1 && second === 1) {
    return { ...block, heads: first, layout: 'heads-first' };
  }
  return { ...block, heads: 0, layout: 'windows' };
}

/** Groups blocks by the number of attention products before them. */
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
