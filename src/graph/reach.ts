import { type ByOperator, entryOf, is } from './catalogue/index.js';
import type { Graph, Node } from './graph.js';
import { innerReads } from './order.js';
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
  const places = entryOf(choosing, node);
  return places === 'behind-first' ? index > 0 : (places?.includes(index) ?? false);
}

/**
 * The values that are computed from `sources`, including integers and what a subgraph (If, Loop, Scan) reads.
 * Booleans, indices (ArgMax, NonZero, those of TopK), lengths and values that depend only on these are
 * excluded: their derivative is zero wherever it exists.
 */
export function reachedFrom(graph: Graph, sources: readonly string[], shapes: Shapes): Set<string> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (is(node, 'measures') || is(node, 'makes')) continue;
    const used = node.inputs.filter((_, i) => !chooses(node, i));
    if (![...used, ...innerReads(node)].some((value) => reached.has(value))) continue;
    for (const [i, output] of node.outputs.entries()) {
      const beside = i > 0 && is(node, 'besides');
      if (output !== '' && !beside && shapes.get(output)?.type !== 'bool') reached.add(output);
    }
  }
  return reached;
}
