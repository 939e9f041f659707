import { expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { outputsOf } from './evaluate.js';

/** Each variant holds its index; the model answers with it. */
async function evaluated(length: number, count: number) {
  const sizes: number[] = [];
  const predict = async ({ data, shape: [rows] }: Tensor) => {
    sizes.push(rows!);
    return tensor(
      Float32Array.from({ length: rows! }, (_, i) => data[i * length]!),
      [rows!, 1],
    );
  };
  const outputs = await outputsOf({ predict, run: quietly }, [1, length], count, (index, into) =>
    into.fill(index),
  );
  return { sizes, indices: outputs.flatMap(({ data }) => [...data]) };
}

it.each([2, 2 ** 18, 2 ** 19, 600_000, 2 ** 21, 3_000_000])(
  'evaluates every variant of %i values once, in order',
  async (length) => {
    for (const count of [1, 2, 3, 4, 5, 6, 9, 11]) {
      const { sizes, indices } = await evaluated(length, count);
      expect(indices).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(sizes[0]).toBeLessThanOrEqual(4);
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    }
  },
);

it.each([1, 5, 16, 36, 65, 102, 785])('evaluates %i small variants in few parts', async (count) => {
  const { sizes, indices } = await evaluated(2, count);
  expect(indices).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(32);
  expect(sizes.length).toBe(1 + Math.ceil(Math.max(0, count - 4) / 32));
});
