import { inBlocks } from '../graph/passes/blocks/index.js';
import { factor } from '../graph/passes/factor.js';
import { joinPhases } from '../graph/passes/join-phases.js';
import { keepBlocked } from '../graph/passes/keep-blocked.js';
import { blockOf } from './blocks.js';
import type { Prepare } from './remote.js';

/**
 * Keeps channels in blocks where that pays: ONNX Runtime does it where weights are constants, and a graph that is trained is
 * written so. The size of blocks is found once, before the first such graph; where there is none, the graph is left plain.
 */
export function forCpu(find = blockOf): Prepare {
  let found: ReturnType<typeof blockOf> | undefined;
  return async (graph, blocked, { carry, state = {} }, run) => {
    if (!blocked) return graph;
    const joined = joinPhases(factor(graph));
    if (!carry) return keepBlocked(joined);
    found ??= find(run).catch((error) => {
      found = undefined;
      throw error;
    });
    const size = await found;
    return size === undefined ? keepBlocked(joined) : inBlocks(joined, size, state, run);
  };
}
