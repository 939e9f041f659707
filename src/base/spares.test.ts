import { expect, it } from 'vitest';
import { spares } from './spares.js';

it('gives back what was kept where it fits, and drops what does not', () => {
  const memory = spares<Float32Array>();
  const [owner, other] = [{}, {}];
  const take = (of: object | undefined, length: number) =>
    memory.take(
      of,
      (one) => one.length >= length,
      () => new Float32Array(length),
    );
  const first = take(owner, 4);
  expect(take(owner, 4)).not.toBe(first);
  memory.keep(owner, first);
  expect(take(other, 4)).not.toBe(first);
  expect(take(owner, 3)).toBe(first);
  memory.keep(owner, first);
  expect(take(owner, 5)).toHaveLength(5);
  expect(take(owner, 4)).not.toBe(first);
});

it('keeps nothing without an owner', () => {
  const memory = spares<readonly number[]>();
  const kept = [1];
  memory.keep(undefined, kept);
  const made = memory.take(
    undefined,
    () => true,
    () => [2],
  );
  expect(made).toEqual([2]);
});
