import { expect, it } from 'vitest';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Engine } from './engine.js';
import { sessionPool } from './session-pool.js';

it('gives a run to the session with the fewest values pending', async () => {
  const given: number[][] = [[], []];
  const answers: (() => void)[] = [];
  const session = (s: number): Engine => ({
    name: 'fake',
    async compile() {
      return {
        sessions: 1,
        async run({ x }) {
          given[s]!.push(x!.data.length);
          await new Promise<void>((resolve) => answers.push(resolve));
          return {};
        },
        state: async () => ({}),
        alive: () => true,
        dispose: async () => {},
      };
    },
    dispose: async () => {},
  });
  const program = await sessionPool('fake', session(0), [session(0), session(1)]).compile({} as Graph);
  const runs = [20, 10, 20, 10].map((length) => program.run({ x: float32(new Float32Array(length)) }));
  await expect.poll(() => answers.length).toBe(4);
  expect(given).toEqual([
    [20, 10],
    [10, 20],
  ]);
  for (const answer of answers) answer();
  await Promise.all(runs);
});
