import type { Constant, Graph } from '../../graph/graph.js';
import { findBlockSize } from './block-size.js';
import { eliminateCommonSubexpressions } from './common-subexpressions.js';
import { factor } from './factor.js';
import { joinPhases } from './join-phases.js';
import { keepBlocked } from './keep-blocked.js';
import { type RunOnce, toNchwc } from './nchwc/index.js';

export type { RunOnce };

/**
 * Rewrites a graph for an engine, to avoid wrong results or slow kernels. `blocked` permits the NCHWc
 * layout, `state` holds the carried inputs, `run` runs another graph on the same engine.
 */
export type Prepare = (
  graph: Graph,
  blocked: boolean,
  given: { readonly state?: Readonly<Record<string, Constant>> },
  run: RunOnce,
) => Graph | Promise<Graph>;

/**
 * Prepares graphs for ONNX Runtime on the CPU: rewrites them to NCHWc when `blocked` permits it. Finds the
 * block size once, before the first such graph. Without a block size, or when blocks would not be full,
 * leaves the layout to ONNX Runtime. Prepares a graph that several engines compile only once.
 */
export function forCpu(find = findBlockSize): Prepare {
  const size = once(find);
  const prepared = new WeakMap<Graph, (run: RunOnce) => Promise<Graph>>();
  return async (graph, blocked, { state = {} }, run) => {
    if (!blocked) return graph;
    const own = prepared.get(graph) ?? once(async (on) => prepare(graph, await size(on), state, on));
    prepared.set(graph, own);
    return own(run);
  };
}

async function prepare(
  graph: Graph,
  size: number | undefined,
  state: Readonly<Record<string, Constant>>,
  run: RunOnce,
): Promise<Graph> {
  const joined = joinPhases(factor(eliminateCommonSubexpressions(graph)));
  const written = size === undefined ? joined : await toNchwc(joined, size, state, run);
  return written === joined ? keepBlocked(joined) : written;
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
