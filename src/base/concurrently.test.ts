import { expect, test } from 'vitest';
import { concurrently } from './concurrently.js';

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('results are taken in index order', async () => {
  const taken: number[] = [];
  await concurrently(
    3,
    6,
    async (index) => {
      await after(index % 2 === 0 ? 20 : 1);
      return index * 10;
    },
    (result) => taken.push(result),
  );
  expect(taken).toEqual([0, 10, 20, 30, 40, 50]);
});

test('at most `limit` calls are pending at once', async () => {
  let [now, most] = [0, 0];
  await concurrently(
    2,
    7,
    async () => {
      most = Math.max(most, ++now);
      await after(1);
      now--;
    },
    () => {},
  );
  expect(most).toBe(2);
});

test('the first error is thrown', async () => {
  const taken: number[] = [];
  const failing = concurrently(
    2,
    5,
    async (index) => {
      if (index === 2) throw new Error('broken');
      return index;
    },
    (result) => taken.push(result),
  );
  await expect(failing).rejects.toThrow('broken');
  expect(taken).toEqual([0, 1]);
});
