import { stringOf } from './attributes.js';
import { type ByOperator, entryOf, is } from './catalogue/index.js';
import type { Graph, Node } from './graph.js';
import { innerReads, readsOf } from './order.js';
import type { Shapes } from './shapes.js';

/** Input positions of an operator: all after the first, or those listed. */
type Places = 'behind-first' | readonly number[];

/**
 * Inputs that select elements, positions or lengths, such as indices, axes and shapes. The output is
 * piecewise constant in them. So are zero points, which quantising adds and dequantising takes off.
 */
const choosing: Partial<ByOperator<Places>> = {
  CastLike: [1],
  ConstantOfShape: [0],
  CumSum: [1],
  DequantizeLinear: [2],
  Expand: [1],
  Gather: [1],
  GatherElements: [1],
  GatherND: [1],
  If: [0],
  Loop: [0, 1],
  OneHot: [0, 1],
  Pad: [1, 3],
  QuantizeLinear: [2],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  Resize: 'behind-first',
  ScatterElements: [1],
  ScatterND: [1],
  Slice: 'behind-first',
  Split: [1],
  Squeeze: [1],
  Tile: [1],
  TopK: [1],
  Trilu: [1],
  Unsqueeze: [1],
  Where: [0],
};

/** Whether an input only selects, see `choosing`. */
export function chooses(node: Node, index: number): boolean {
  if (node.op === 'GridSample') return index > 0 && stringOf(node, 'mode', 'linear') === 'nearest';
  const places = entryOf(choosing, node);
  return places === 'behind-first' ? index > 0 : (places?.includes(index) ?? false);
}

/** Operators whose output's length depends on the values of their first input. */
const counting = ['Compress', 'NonMaxSuppression', 'NonZero', 'Unique'] as const;

/** Operators of which an input gives lengths: those that choose, or all of them. */
const shaping: Partial<ByOperator<'chosen' | 'all'>> = {
  ConstantOfShape: 'chosen',
  Expand: 'chosen',
  Pad: 'chosen',
  Range: 'all',
  Reshape: 'chosen',
  Resize: 'chosen',
  Slice: 'chosen',
  Split: 'chosen',
  Tile: 'chosen',
  TopK: 'chosen',
};

/**
 * The values that follow from what `sources` hold. A shape does only where it is that of a list whose length
 * follows from them, such as the places of what is not zero.
 */
export function dependenceOf(graph: Graph, sources: readonly string[]): ReadonlySet<string> {
  const values = new Set(sources);
  /** The values whose lengths follow from them. */
  const lists = new Set<string>();
  const makesList = (node: Node) => {
    const gives = entryOf(shaping, node);
    return (
      (node.domain === '' && counting.some((op) => op === node.op)) ||
      node.inputs.some((v, i) => gives && (gives === 'all' || chooses(node, i)) && values.has(v)) ||
      (node.op.startsWith('Scatter') ? node.inputs.slice(0, 1) : node.inputs).some((v) => lists.has(v))
    );
  };
  for (const node of graph.nodes) {
    const measures = is(node, 'measures');
    const reads = measures ? lists.has(node.inputs[0]!) : valuesRead(node).some((v) => values.has(v));
    if (!reads) continue;
    const isList = !measures && makesList(node);
    for (const output of node.outputs.filter((v) => v !== '')) {
      values.add(output);
      if (isList) lists.add(output);
    }
  }
  return values;
}

/** The values whose numbers a node reads; of what CastLike casts to, it reads the type. */
const valuesRead = (node: Node): readonly string[] =>
  node.op === 'CastLike' ? node.inputs.slice(0, 1) : readsOf(node);

/** What a graph computes from some of its values. */
export interface Reach {
  /**
   * The values that follow them with a derivative, including integers and what a subgraph (If, Loop, Scan)
   * reads. Booleans, indices (ArgMax, NonZero, those of TopK), lengths and values that depend only on these
   * are excluded: their derivative is zero wherever it exists.
   */
  readonly reached: Set<string>;
  /** The values that depend on them without a derivative, each with the node that chose by them. */
  readonly chosen: ReadonlyMap<string, Node>;
}

export function reachOf(graph: Graph, sources: readonly string[], shapes: Shapes): Reach {
  const dependent = dependenceOf(graph, sources);
  const reached = new Set(sources);
  const chosen = new Map<string, Node>();
  for (const node of graph.nodes) {
    const follows =
      !is(node, 'measures') &&
      !is(node, 'makes') &&
      [...node.inputs.filter((_, i) => !chooses(node, i)), ...innerReads(node)].some((v) => reached.has(v));
    const from = readsOf(node).find((value) => chosen.has(value));
    for (const [i, output] of node.outputs.entries()) {
      if (!dependent.has(output) || reached.has(output)) continue;
      const beside = i > 0 && is(node, 'besides');
      if (follows && !beside && shapes.get(output)?.type !== 'bool') reached.add(output);
      else chosen.set(output, from === undefined ? node : chosen.get(from)!);
    }
  }
  return { reached, chosen };
}

/** The values that follow `sources` with a derivative, see `Reach`. */
export const reachedFrom = (graph: Graph, sources: readonly string[], shapes: Shapes): Set<string> =>
  reachOf(graph, sources, shapes).reached;
