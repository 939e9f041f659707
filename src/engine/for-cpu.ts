import { inBlocks } from '../graph/passes/blocks/index.js';
import { computeOnce } from '../graph/passes/compute-once.js';
import { factor } from '../graph/passes/factor.js';
import { joinPhases } from '../graph/passes/join-phases.js';
import { keepBlocked } from '../graph/passes/keep-blocked.js';
import { blockOf } from './blocks.js';
import type { Prepare } from './remote.js';

/**
 * Keeps channels in blocks where that pays, in blocks of a size that is found once, before the first such graph. Where no size is
 * found and where blocks would not be full, ONNX Runtime is left to do what it can.
 */
export function forCpu(find = blockOf): Prepare {
  let found: ReturnType<typeof blockOf> | undefined;
  return async (graph, blocked, { state = {} }, run) => {
    if (!blocked) return graph;
    const joined = joinPhases(factor(computeOnce(graph)));
    found ??= find(run).catch((error) => {
      found = undefined;
      throw error;
    });
    const size = await found;
    const written = size === undefined ? joined : await inBlocks(joined, size, state, run);
    return written === joined ? keepBlocked(joined) : written;
  };
}
