import { SightlineError } from '../../../base/errors.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { ints } from '../../attributes.js';
import { is } from '../../catalogue/index.js';
import { int64 } from '../../elements.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { holdsGraph } from '../../order.js';
import { dependenceOf } from '../../reach.js';
import { rewriteNodes } from '../../rewrite.js';
import { range } from '../../shapes.js';
import { withoutUnused } from '../../tidy.js';
import { grownAxis } from './grown-axis.js';

/** Runs the graph on a constant input at each batch size and returns the named values of each run. */
export type Evaluate = (
  graph: Graph,
  batches: readonly number[],
  values: readonly string[],
) => Promise<readonly ReadonlyMap<string, Constant>[]>;

/** Computed constants with more elements than this are not stored. */
const largest = 1 << 24;

/** No runs, where the runtime does not run a graph in a batch size. */
export function noRun(error: unknown): [] {
  if (error instanceof SightlineError && error.kind === 'environment') return [];
  throw error;
}

/** The outputs that depend on no sample, only on weights and shapes. */
export function sampleFree(graph: Graph): string[] {
  const open = graph.nodes.filter((node) => is(node, 'draws', 'always') || holdsGraph(node));
  const sources = [...graph.inputs.map((v) => v.name), ...outputsOf(open)];
  const dependent = dependenceOf(graph, sources);
  return outputsOf(graph.nodes).filter((value) => !dependent.has(value));
}

const outputsOf = (nodes: readonly Node[]) =>
  nodes.flatMap(({ outputs }) => outputs.filter((value) => value !== ''));

/** Constant folding: replaces the nodes that compute `values` by initializers. */
export function withValues(graph: Graph, values: ReadonlyMap<string, Constant>): Graph {
  const outputs = new Set(graph.outputs.map((v) => v.name));
  const known = new Map([...values].filter(([name, v]) => !outputs.has(name) && sizeOf(v.shape) <= largest));
  const nodes = graph.nodes.filter((n) => !n.outputs.every((v) => v === '' || known.has(v)));
  return withoutUnused({ ...graph, nodes, initializers: new Map([...graph.initializers, ...known]) });
}

/**
 * Folds what is equal at batch 1 and 2, and sets the batch to -1 in Reshape targets. The remaining shape
 * arithmetic depends on the batch. An output that has the batch on another axis, such as `[1, N, K]`, is
 * turned to have it first. Returns `undefined` where two samples do not give two rows of `output`: a graph
 * may declare an open batch and yet contain it as a number.
 */
export async function fold(graph: Graph, output: string, evaluate: Evaluate): Promise<Graph | undefined> {
  const free = sampleFree(graph);
  const computed = new Set(free);
  const reshapes = graph.nodes.filter((n) => n.op === 'Reshape' && computed.has(n.inputs[1]!));
  const wanted = new Set([...free, ...reshapes.map((n) => n.outputs[0]!), output]);
  const runs = await evaluate(graph, [1, 2], [...wanted]).catch(noRun);
  const [one, two] = runs;
  const [single, pair] = [one?.get(output), two?.get(output)];
  const batchAxis = single && pair && grownAxis(single.shape, pair.shape);
  if (!one || !two || batchAxis === undefined) return undefined;
  const same = new Map(
    [...one].filter(([name, value]) => computed.has(name) && equal(value, two.get(name)!)),
  );
  const open = rewriteNodes(graph, (node, edit) => {
    const y = node.outputs[0]!;
    const target = reshapes.includes(node) && openTarget(one.get(y)!, two.get(y)!);
    if (!target) return node;
    return { ...node, inputs: [node.inputs[0]!, edit.constant(int64(target))] };
  });
  return withValues(batchAxis > 0 ? turned(open, output, batchAxis, single!.shape.length) : open, same);
}

/** The graph whose output has one of its axes first. */
function turned(graph: Graph, output: string, axis: number, rank: number): Graph {
  return rewriteNodes(graph, (node, edit) => {
    const place = node.outputs.indexOf(output);
    if (place < 0) return node;
    const inner = edit.fresh(output);
    const perm = [axis, ...range(rank).filter((other) => other !== axis)];
    return [
      { ...node, outputs: node.outputs.with(place, inner) },
      edit.node('Transpose', [inner], output, { perm: ints(perm) }),
    ];
  });
}

/** The target shape with -1 for the length that grows with the batch; undefined where several grow. */
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
