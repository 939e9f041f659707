import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';

/** A model of two pixels: the first raises its first output, the second lowers it. */
const scored = (map: readonly [number, number], image: readonly [number, number] = [2, 1]): Scored => ({
  map: tensor(Float32Array.from(map), [1, 2]),
  predict: async ({ data, shape }) =>
    tensor(
      Float32Array.from({ length: 2 * shape[0]! }, (_, i) => (i % 2 ? 0 : data[i]! - data[i + 1]!)),
      [shape[0]!, 2],
    ),
  input: tensor(Float32Array.from(image), [1, 1, 1, 2]),
  target: 0,
  seed: 0,
  run: quietly,
});
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const value = async (name: string, given: Scored, options = {}) =>
  (await scoreMap(name, given, options)).value;

describe('the image as a map keeps it', () => {
  it('loses what the map leaves out', async () => {
    expect(await value('average-drop', scored([0, 1]))).toBeCloseTo(1 - sigmoid(-1) / sigmoid(1), 6);
    expect(await value('average-drop', scored([0, 1]), { quantity: 'logit' })).toBe(1);
    expect(await value('average-gain', scored([0, 1]))).toBe(0);
    expect(await value('confidence-increase', scored([0, 1]))).toBe(0);
  });

  it('gains where the map leaves out what speaks against the class', async () => {
    expect(await value('average-drop', scored([3, 0]))).toBe(0);
    expect(await value('average-gain', scored([3, 0]))).toBeCloseTo(
      (sigmoid(2) - sigmoid(1)) / (1 - sigmoid(1)),
      6,
    );
    expect(await value('confidence-increase', scored([3, 0]))).toBe(1);
  });

  it('has no share to lose of a quantity that is not positive', async () => {
    const score = await scoreMap('average-drop', scored([1, 0], [1, 2]), { quantity: 'logit' });
    expect(score).toMatchObject({ value: Number.NaN, reason: expect.stringContaining('not positive') });
  });

  it('adds pixels in ascending order: monotonicity sees each step that lowers', async () => {
    const steps = { pixels: 1 };
    expect(await value('monotonicity', scored([0, 1]), steps)).toBe(0.5);
    expect(await value('monotonicity', scored([0, 1]), { ...steps, measure: 'all' })).toBe(0);
    expect(await value('monotonicity', scored([0, 1], [2, -1]), { ...steps, measure: 'all' })).toBe(1);
  });

  it('removes patches one by one: single deletion ranks their drops', async () => {
    const grid = { grid: 2 };
    expect(await value('single-deletion', scored([2, -1]), grid)).toBe(1);
    expect(await value('single-deletion', scored([-2, 1]), grid)).toBe(-1);
  });
});
