import { expect, it } from 'vitest';
import { inTurn } from './in-turn.js';
import { terminalProgress } from './progress-terminal.js';

it('shows computations of several items as one step', async () => {
  let [text, time] = ['', 0];
  const progress = terminalProgress({ write: (more) => (text += more) }, () => time);
  const found = await inTurn({ progress }, 'games', [7, 3, 6], async (draws, i, run) => {
    for (const _round of [1, 2]) {
      const step = run.progress.start('draws', draws);
      for (let draw = 0; draw < draws; draw++) {
        time += 5000;
        step.advance();
      }
      step.done();
    }
    return i;
  });
  expect(found).toEqual([0, 1, 2]);
  const lines = text.trim().split('\n');
  expect(lines[0]).toMatch(/^games: \d+ % {2}0\/3 {2}\d:\d\d left$/);
  expect(lines.every((line) => line.startsWith('games: '))).toBe(true);
  expect(lines.at(-1)).toBe('games: 3 in 2:40');
});
