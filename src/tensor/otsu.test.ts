import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { otsuThreshold } from './otsu.js';

/** The definition: for every bin centre the weighted variance between the groups of binned values. */
function literal(values: readonly number[], bins: number): number {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = (high - low) / bins;
  const binned = values.map((v) => low + (Math.min(bins - 1, Math.floor((v - low) / width)) + 0.5) * width);
  const mean = (part: readonly number[]) => part.reduce((a, b) => a + b, 0) / part.length;
  let [best, at] = [-1, Number.NaN];
  for (let bin = 0; bin < bins - 1; bin++) {
    const centre = low + (bin + 0.5) * width;
    const lower = binned.filter((v) => v <= centre + width / 4);
    const upper = binned.filter((v) => v > centre + width / 4);
    if (lower.length === 0 || upper.length === 0) continue;
    const between = lower.length * upper.length * (mean(lower) - mean(upper)) ** 2;
    if (between > best * (1 + 1e-12)) [best, at] = [between, centre];
  }
  return at;
}

describe('otsuThreshold', () => {
  it.each([256, 16])('is the split with the greatest variance between groups, in %i bins', (bins) => {
    const random = seededRandom(bins);
    for (let trial = 0; trial < 5; trial++) {
      const values = Array.from({ length: 300 }, (_, i) => random.normal() + (i % 3 === 0 ? 4 : 0));
      expect(otsuThreshold(values, bins)).toBeCloseTo(literal(values, bins), 10);
    }
  });

  it('lies between two values', () => {
    const threshold = otsuThreshold([0, 0, 0, 1]);
    expect(threshold).toBeGreaterThan(0);
    expect(threshold).toBeLessThan(1);
  });

  it.each([[[2, 2, 2]], [[]], [[1, Number.NaN]], [[0, Infinity]]])('has no threshold for %j', (values) => {
    expect(() => otsuThreshold(values)).toThrow(/finite values that differ/);
  });
});
