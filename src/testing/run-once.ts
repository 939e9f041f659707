import type { RunOnce } from '../engine/cpu/nchwc/index.js';
import type { Engine } from '../engine/engine.js';

/** Runs each graph that it is given once on an engine. */
export const runOnce =
  (engine: Engine): RunOnce =>
  async (graph, feeds) => {
    const program = await engine.compile(graph);
    try {
      return await program.run(feeds);
    } finally {
      await program.dispose();
    }
  };
