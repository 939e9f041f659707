import { intOf } from '../../../graph/attributes.js';
import type { Constant, Graph, Node } from '../../../graph/graph.js';
import { dependents, holdsGraph } from '../../../graph/order.js';
import { rewriteNodes } from '../../../graph/rewrite.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { filterGradients } from './filters.js';
import { fuseNchwc } from './fuse.js';
import { domain, startLayout, type Writing } from './layout.js';
import { writerOf } from './operators.js';
import { type Outline, outlinesOf } from './outlines.js';
import { type RunOnce, type Selection, selectionsOf } from './selections.js';
import { type Rows, type WeightLayout, weightLayoutOf } from './weights.js';

export type { RunOnce } from './selections.js';

/**
 * Rewrites a graph to ONNX Runtime's operators on the channel-blocked layout NCHWc. ONNX Runtime does so by
 * itself for convolutions whose weights are constants, but leaves the layout at Sub, Div and Where. This
 * pass also takes weights that are computed from `inputs` (the trained parameters) and keeps all elementwise
 * operators in NCHWc. `block` is the number of channels in a block of the machine's kernels.
 *
 * Returns the graph unchanged when ONNX Runtime by itself would put more convolutions in NCHWc.
 *
 * These operators are internal to ONNX Runtime 1.30 and may change. `findBlockSize` checks their results
 * first.
 */
export async function toNchwc(
  graph: Graph,
  block: number,
  inputs: Readonly<Record<string, Constant>>,
  run: RunOnce,
): Promise<Graph> {
  if (graph.nodes.some(holdsGraph)) return graph;
  const convolutions = graph.nodes.filter(({ op, domain }) => op === 'Conv' && domain === '');
  const weights = [...new Set(convolutions.map((node) => node.inputs[1]!))];
  const moving = dependents(graph);
  const trained = weights.filter((value) => moving.has(value));
  const made = await selectionsOf(graph, trained, inputs, run);
  const outlines = outlinesOf(
    graph,
    new Map(
      [...made].map(([value, { shape }]): [string, Outline] => [value, { type: 'float32', lengths: shape }]),
    ),
  );
  const selections = new Map([
    ...made,
    ...weights.flatMap((value) => (moving.has(value) ? [] : wholeSelection(value, outlines.get(value)))),
  ]);
  const weightLayouts = new Map<Node, WeightLayout>();
  const rows = new Map<string, Rows>();
  for (const node of convolutions) {
    const selection = selections.get(node.inputs[1]!);
    const layout =
      selection && fits(node, selection, block) ? weightLayoutOf(selection, block, rows) : undefined;
    if (layout) weightLayouts.set(node, layout);
  }
  const leftOut = convolutions.filter((node) => !weightLayouts.has(node) && !moving.has(node.inputs[1]!));
  if (leftOut.some((node) => fillsUp(node, outlines, block))) return graph;
  const { graph: direct, found } = filterGradients(graph, outlines, block);
  const known = { graph: direct, block, weightLayouts, outlines, filterGradients: found };
  let writing: Writing | undefined;
  const rewritten = rewriteNodes(direct, (node, edit) => {
    writing ??= startLayout(known, edit);
    const { layout, take } = writing;
    if (!writerOf(node)?.(node, layout)) {
      for (const value of node.inputs) if (value !== '') layout.ordered(value);
      layout.add(node);
    }
    return take();
  });
  const whole = { ...rewritten, opsets: { ...graph.opsets, [domain]: 1 } };
  return writing ? fuseNchwc(whole, writing.layout.together) : whole;
}

function wholeSelection(value: string, outline: Outline | undefined): [string, Selection][] {
  const shape = outline?.type === 'float32' ? outline.lengths.map(Number) : [];
  return shape.length > 0 && shape.every(Number.isInteger)
    ? [[value, { value, base: value, size: sizeOf(shape), shape }]]
    : [];
}

/**
 * Whether ONNX Runtime can put a convolution in NCHWc that this pass cannot: one with a partly filled block,
 * or with groups of whole blocks.
 */
function fillsUp(node: Node, outlines: ReadonlyMap<string, Outline>, block: number): boolean {
  const { type, lengths = [] } = outlines.get(node.inputs[1]!) ?? {};
  const [outputs, inputs] = lengths.map(Number);
  const groups = intOf(node, 'group', 1);
  if (type !== 'float32' || lengths.length !== 4) return false;
  if (groups === 1) return outputs! > block;
  return inputs! % block === 0 && (outputs! / groups) % block === 0;
}

/** Whether a convolution has one group or is depthwise. */
function fits(node: Node, { shape }: Selection, block: number): boolean {
  const groups = intOf(node, 'group', 1);
  return groups === 1 || (groups === shape[0] && shape[1] === 1 && groups % block === 0);
}
