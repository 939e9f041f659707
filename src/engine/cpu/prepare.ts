import type { Constant, Graph } from '../../graph/graph.js';
import { findBlockSize } from './block-size.js';
import { eliminateCommonSubexpressions } from './common-subexpressions.js';
import { factor } from './factor.js';
import { joinPhases } from './join-phases.js';
import { keepBlocked } from './keep-blocked.js';
import { type RunOnce, toNchwc } from './nchwc/index.js';

export type { RunOnce };

/**
 * Rewrites what an engine would get wrong or compute slowly; `blocked`: channels may be kept in nchwc,
 * `state`: carried inputs, `run`: runs another graph on the engine.
 */
export type Prepare = (
  graph: Graph,
  blocked: boolean,
  given: { readonly state?: Readonly<Record<string, Constant>> },
  run: RunOnce,
) => Graph | Promise<Graph>;

/**
 * Keeps channels in nchwc where that pays, in blocks of a size that is found once, before the first such
 * graph. Where no size is found and where blocks would not be full, ONNX Runtime is left to do what it can. A
 * graph that several engines are given is prepared once.
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

/** The first answer for all who ask; after a failure it is asked again. */
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
