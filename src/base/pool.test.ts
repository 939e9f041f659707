import { expect, it } from 'vitest';
import { mapPooled, pooled } from './pool.js';
import { quietly } from './run.js';

const soon = (turns: number) =>
  Array.from({ length: turns }).reduce<Promise<void>>(
    (before) => before.then(() => new Promise((resolve) => setImmediate(resolve))),
    Promise.resolve(),
  );

it('gives results in the order of the items, whichever ends first', async () => {
  const ended: number[] = [];
  const doubled = await mapPooled(quietly, 'doubling', [9, 1, 5, 3], async (turns) => {
    await soon(turns);
    ended.push(turns);
    return 2 * turns;
  });
  expect(doubled).toEqual([18, 2, 10, 6]);
  expect(ended).not.toEqual([9, 1, 5, 3]);
});

it('reports each item that is done, and ends its step', async () => {
  const told: string[] = [];
  const progress = {
    start: (label: string, total: number) => {
      told.push(`${label} ${total}`);
      return { advance: () => told.push('one'), done: () => told.push('done') };
    },
  };
  await mapPooled({ progress }, 'reading', ['a', 'b'], async () => {}, 1);
  expect(told).toEqual(['reading 2', 'one', 'one', 'done']);
});

it('starts nothing more once it is stopped', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const run = { ...quietly, signal: stop.signal };
  const work = async (item: number) => {
    begun.push(item);
    if (item === 2) stop.abort();
  };
  await expect(mapPooled(run, 'counting', [1, 2, 3, 4], work, 1)).rejects.toMatchObject({
    kind: 'cancelled',
  });
  expect(begun).toEqual([1, 2]);
});

it('throws an error once the pending calls have ended, and starts no new one', async () => {
  const ended: number[] = [];
  const work = async (item: number) => {
    if (item === 0) throw new Error('lost');
    await soon(5);
    ended.push(item);
  };
  await expect(pooled([0, 1, 2, 3], 2, work)).rejects.toThrow('lost');
  expect(ended).toEqual([1]);
});
