import { intOf } from '../../attributes.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { rewriteNodes } from '../rewrite.js';
import { fuseBlocks } from './fuse.js';
import { domain, startLayout, type Writing } from './layout.js';
import { lengthsOf } from './lengths.js';
import { writers } from './operators.js';
import { type RunOnce, type Selection, selectionsOf } from './selections.js';
import { type Plan, planOf } from './weights.js';

export type { RunOnce } from './selections.js';

/**
 * Writes ONNX Runtime's operators on channels in blocks into a graph. ONNX Runtime puts them there by itself where the weights of
 * convolutions are constants; here they may also be made of `inputs`, which are trained. `block` is how many channels the
 * machine's kernels keep together.
 *
 * These operators are those of ONNX Runtime 1.30, which promises them to nobody: whoever uses this pass tries first whether they compute
 * what is expected.
 */
export async function inBlocks(
  graph: Graph,
  block: number,
  inputs: Readonly<Record<string, Constant>>,
  run: RunOnce,
): Promise<Graph> {
  if (graph.nodes.some(({ attributes }) => Object.values(attributes).some(({ kind }) => kind === 'graph'))) {
    return graph;
  }
  const convolutions = graph.nodes.filter(({ op, domain }) => op === 'Conv' && domain === '');
  const weights = [...new Set(convolutions.map((node) => node.inputs[1]!))];
  const selections = new Map<string, Selection>([
    ...(await selectionsOf(
      graph,
      weights.filter((value) => !graph.initializers.has(value)),
      inputs,
      run,
    )),
    ...weights.flatMap((value) => constantSelection(value, graph)),
  ]);
  const plans = new Map<Node, Plan>();
  for (const node of convolutions) {
    const selection = selections.get(node.inputs[1]!);
    const plan = selection && fits(node, selection, block) ? planOf(selection, block) : undefined;
    if (plan) plans.set(node, plan);
  }
  const shapes = new Map([...selections].map(([value, { shape }]) => [value, shape]));
  const known = { graph, block, plans, lengths: lengthsOf(graph, shapes) };
  let writing: Writing | undefined;
  const rewritten = rewriteNodes(graph, (node, edit) => {
    writing ??= startLayout(known, edit);
    const { layout, take } = writing;
    const writer = node.domain === '' ? writers[node.op] : undefined;
    if (!writer?.(node, layout)) {
      for (const value of node.inputs) if (value !== '') layout.ordered(value);
      layout.add(node);
    }
    return take();
  });
  return fuseBlocks({ ...rewritten, opsets: { ...graph.opsets, [domain]: 1 } });
}

function constantSelection(value: string, graph: Graph): [string, Selection][] {
  const constant = graph.initializers.get(value);
  if (constant?.type !== 'float32') return [];
  const { shape, data } = constant;
  return [[value, { value, base: value, size: data.length, shape }]];
}

/** One group, or one for each channel. */
function fits(node: Node, { shape }: Selection, block: number): boolean {
  const groups = intOf(node, 'group', 1);
  return groups === 1 || (groups === shape[0] && shape[1] === 1 && groups % block === 0);
}
