import type { Engine, Program } from './engine.js';

/**
 * Combines several engines: each run goes to the one with the fewest values pending, so that batches run in
 * parallel. This uses all cores even for operators that ONNX Runtime runs on one core. Programs with carried
 * state run on `whole`, an engine with all cores.
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
      // Compiles on the first session to report errors; the other sessions compile on their first run.
      await on(0);
      return {
        sessions: sessions.length,
        async run(feeds, outputs) {
          const session = waiting.indexOf(Math.min(...waiting));
          const values = Object.values(feeds).reduce((sum, { data }) => sum + data.length, 1);
          waiting[session]! += values;
          try {
            const program = await on(session);
            return await program.run(feeds, outputs);
          } finally {
            waiting[session]! -= values;
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
