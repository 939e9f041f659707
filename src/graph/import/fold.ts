import { SightlineError } from '../../base/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import { is } from '../catalogue/index.js';
import { int64 } from '../elements.js';
import type { Constant, Graph } from '../graph.js';
import { rewriteNodes } from '../rewrite.js';
import { withoutUnused } from '../tidy.js';

/** Runs the graph on a blank input for each batch and returns the named values of each run. */
export type Evaluate = (
  graph: Graph,
  batches: readonly number[],
  values: readonly string[],
) => Promise<readonly ReadonlyMap<string, Constant>[]>;

/** A constant that is made larger than this is not worth keeping as one. */
const largest = 1 << 24;

/** The outputs that no sample's numbers reach: they depend on weights and on shapes alone. */
export function sampleFree(graph: Graph): string[] {
  const reached = new Set(graph.inputs.map((v) => v.name));
  const free: string[] = [];
  for (const node of graph.nodes) {
    const outputs = node.outputs.filter((v) => v !== '');
    const draws =
      is(node, 'draws', 'always') || Object.values(node.attributes).some((a) => a.kind === 'graph');
    const reads = !is(node, 'measures') && node.inputs.some((v) => reached.has(v));
    if (reads || draws) for (const output of outputs) reached.add(output);
    else free.push(...outputs);
  }
  return free;
}

/** What was computed from weights and shapes alone becomes initializers. */
export function withValues(graph: Graph, values: ReadonlyMap<string, Constant>): Graph {
  const outputs = new Set(graph.outputs.map((v) => v.name));
  const known = new Map([...values].filter(([name, v]) => !outputs.has(name) && sizeOf(v.shape) <= largest));
  const nodes = graph.nodes.filter((n) => !n.outputs.every((v) => v === '' || known.has(v)));
  return withoutUnused({ ...graph, nodes, initializers: new Map([...graph.initializers, ...known]) });
}

/**
 * Folds what is the same for a batch of one and of two, and writes the batch in the targets of reshapes as
 * -1. What is left of the shape arithmetic truly depends on the batch. `undefined` where two samples do not
 * give two rows of `output`: a graph may say that its batch is open and hold it as a number.
 */
export async function fold(graph: Graph, output: string, evaluate: Evaluate): Promise<Graph | undefined> {
  const free = sampleFree(graph);
  const computed = new Set(free);
  const reshapes = graph.nodes.filter((n) => n.op === 'Reshape' && computed.has(n.inputs[1]!));
  const wanted = new Set([...free, ...reshapes.map((n) => n.outputs[0]!), output]);
  const runs = await evaluate(graph, [1, 2], [...wanted]).catch((error) => {
    if (error instanceof SightlineError && error.kind === 'environment') return [];
    throw error;
  });
  const [one, two] = runs;
  if (!one || two?.get(output)?.shape[0] !== 2) return undefined;
  const same = new Map(
    [...one].filter(([name, value]) => computed.has(name) && equal(value, two.get(name)!)),
  );
  const open = rewriteNodes(graph, (node, edit) => {
    const y = node.outputs[0]!;
    const target = reshapes.includes(node) && openTarget(one.get(y)!, two.get(y)!);
    if (!target) return node;
    return { ...node, inputs: [node.inputs[0]!, edit.constant(int64(target))] };
  });
  return withValues(open, same);
}

/** The one length that grows becomes -1; undefined where several grow. */
function openTarget({ shape: one }: Constant, { shape: two }: Constant): number[] | undefined {
  const growing = one.flatMap((length, axis) => (length === two[axis] ? [] : [axis]));
  if (growing.length > 1 || one.includes(0)) return undefined;
  return one.map((length, axis) => (axis === growing[0] ? -1 : length));
}

function equal(a: Constant, b: Constant): boolean {
  if (a.shape.length !== b.shape.length || a.shape.some((length, i) => length !== b.shape[i])) return false;
  const [x, y] = [a.data, b.data];
  return x.every((value: number | bigint, i: number) => Object.is(value, y[i]));
}
