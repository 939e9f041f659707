import { intOf } from '../../graph/attributes.js';
import type { Graph, Node } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import { findBlockSize } from './block-size.js';
import { eliminateCommonSubexpressions } from './common-subexpressions.js';
import { factor } from './factor.js';
import { joinPhases } from './join-phases.js';
import { keepBlocked } from './keep-blocked.js';
import { type RunOnce, toNchwc } from './nchwc/index.js';
import { type Carried, type Turned, turnWeights } from './turn-weights.js';
import { turn } from './turned.js';

export type { RunOnce };

/** A graph as an engine runs it, and in what form it holds the carried inputs. */
export type Prepared = Turned;

/**
 * Rewrites a graph for an engine, to avoid wrong results or slow kernels. `blocked` permits the NCHWc
 * layout, `run` runs another graph on the same engine.
 */
export type Prepare = (
  graph: Graph,
  blocked: boolean,
  given: Partial<Carried>,
  run: RunOnce,
) => Prepared | Promise<Prepared>;

/** The graph by itself: carried inputs are held as they are given. */
export const asGiven = (graph: Graph): Prepared => ({ graph, turned: new Map() });

/**
 * Prepares graphs for ONNX Runtime on the CPU: rewrites them to NCHWc when `blocked` permits it. Finds the
 * block size once, before the first such graph. Without a block size, or when blocks would not be full,
 * leaves the layout to ONNX Runtime. Prepares a graph that several engines compile only once.
 */
export function forCpu(find = findBlockSize): Prepare {
  const size = once(find);
  const prepared = new WeakMap<Graph, (run: RunOnce) => Promise<Prepared>>();
  return async (graph, blocked, { carry = {}, state = {} }, run) => {
    if (!blocked) return asGiven(graph);
    const own =
      prepared.get(graph) ?? once(async (on) => prepare(graph, await size(on), { carry, state }, on));
    prepared.set(graph, own);
    return own(run);
  };
}

async function prepare(
  graph: Graph,
  size: number | undefined,
  given: Carried,
  run: RunOnce,
): Promise<Prepared> {
  const [first, ...others] = graph.nodes;
  if (first?.op === 'Scan' && first.domain === '' && others.length === 0)
    return prepareSteps(graph, first, size, given, run);
  const { graph: joined, turned } = turnWeights(
    joinPhases(factor(eliminateCommonSubexpressions(graph))),
    given,
  );
  const written = size === undefined ? joined : await toNchwc(joined, size, turn(given.state, turned), run);
  return { graph: written === joined ? keepBlocked(joined) : written, turned };
}

/** Prepares what a Scan repeats, whose state is what the graph carries. */
async function prepareSteps(
  graph: Graph,
  scan: Node,
  size: number | undefined,
  { carry, state }: Carried,
  run: RunOnce,
): Promise<Prepared> {
  const { value: body } = scan.attributes.body as { readonly value: Graph };
  const carried = scan.inputs.slice(0, scan.inputs.length - intOf(scan, 'num_scan_inputs', 0));
  if (carried.some((name, i) => carry[scan.outputs[i]!] !== name)) return asGiven(graph);
  const inner = carried.map((_, i) => body.inputs[i]!.name);
  const prepared = await prepare(
    body,
    size,
    {
      carry: Object.fromEntries(inner.map((name, i) => [body.outputs[i]!.name, name])),
      state: Object.fromEntries(inner.map((name, i) => [name, state[carried[i]!]!])),
    },
    run,
  );
  // Of weights with a declared shape ONNX Runtime joins transpositions into one of many axes, which takes
  // four times as long.
  const inputs = prepared.graph.inputs.map(({ name, type, shape }) =>
    inner.includes(name) ? { name, type } : { name, type, shape },
  );
  const value = withoutUnused({ ...prepared.graph, inputs });
  const turned = [...prepared.turned].map(([name, shape]) => [carried[inner.indexOf(name)]!, shape] as const);
  return {
    graph: {
      ...graph,
      opsets: { ...graph.opsets, ...value.opsets },
      nodes: [{ ...scan, attributes: { ...scan.attributes, body: { kind: 'graph', value } } }],
    },
    turned: new Map(turned),
  };
}

/** Memoises an asynchronous function; a failed call is repeated on the next request. */
function once<T>(ask: (run: RunOnce) => Promise<T>): (run: RunOnce) => Promise<T> {
  let asked: Promise<T> | undefined;
  return (run) => {
    asked ??= ask(run).catch((error) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}
