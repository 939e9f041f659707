import type { Engine, Program } from './engine.js';

/**
 * A session pool: several engines as one, each run going to an idle one, so that as many batches as there are
 * engines are worked on at once. An operator that ONNX Runtime does not split over cores then still keeps
 * every core busy. A program that carries state runs on `whole`, an engine with all the cores.
 */
export function sessionPool(name: string, whole: Engine, sessions: readonly Engine[]): Engine {
  return {
    name,
    async compile(graph, options) {
      if (options?.carry) return whole.compile(graph, options);
      const programs: (Promise<Program> | undefined)[] = sessions.map(() => undefined);
      const waiting = sessions.map(() => 0);
      const ready: Program[] = [];
      const on = (session: number) =>
        (programs[session] ??= sessions[session]!.compile(graph, options).then((program) => {
          ready.push(program);
          return program;
        }));
      // A graph that cannot be compiled says so here; the other sessions compile it when they are needed.
      await on(0);
      return {
        sessions: sessions.length,
        async run(feeds, outputs) {
          const session = waiting.indexOf(Math.min(...waiting));
          waiting[session]!++;
          try {
            const program = await on(session);
            return await program.run(feeds, outputs);
          } finally {
            waiting[session]!--;
          }
        },
        state: async () => ({}),
        alive: () => ready.every((program) => program.alive()),
        async dispose() {
          for (const started of programs) await (await started)?.dispose();
        },
      };
    },
    async dispose() {
      await Promise.all([whole, ...sessions].map((engine) => engine.dispose()));
    },
  };
}
