import type { Engine, Program } from './engine.js';

/**
 * Several engines as one: each run goes to an idle one, so that as many batches as there are engines are worked on at
 * once. An operator that ONNX Runtime does not split over cores then still keeps every core busy. A program that carries
 * state runs on `whole`, an engine with all the cores.
 */
export function inLanes(name: string, whole: Engine, lanes: readonly Engine[]): Engine {
  return {
    name,
    async compile(graph, options) {
      if (options?.carry) return whole.compile(graph, options);
      const programs: (Promise<Program> | undefined)[] = lanes.map(() => undefined);
      const waiting = lanes.map(() => 0);
      const on = (lane: number) => (programs[lane] ??= lanes[lane]!.compile(graph, options));
      // A graph that cannot be compiled says so here; the other lanes compile it when they are needed.
      await on(0);
      return {
        lanes: lanes.length,
        async run(feeds, outputs) {
          const lane = waiting.indexOf(Math.min(...waiting));
          waiting[lane]!++;
          try {
            const program = await on(lane);
            return await program.run(feeds, outputs);
          } finally {
            waiting[lane]!--;
          }
        },
        state: async () => ({}),
        async dispose() {
          for (const started of programs) await (await started)?.dispose();
        },
      };
    },
    async dispose() {
      await Promise.all([whole, ...lanes].map((engine) => engine.dispose()));
    },
  };
}
