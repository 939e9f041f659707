import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { clusterBootstrap } from './bootstrap.js';
import type { Observation } from './patients.js';

const drawn = (patients: number, each: number, seed = 1): Observation[] => {
  const random = seededRandom(seed);
  return Array.from({ length: patients }, (_, p) =>
    Array.from({ length: each }, () => ({ patient: `p${p}`, value: random.normal() })),
  ).flat();
};

/** The literal definition: draws patients with replacement and averages all their images. */
function literal(observations: readonly Observation[], resamples: number, level: number, seed: number) {
  const patients = [...new Set(observations.map(({ patient }) => patient))];
  const random = seededRandom(`bootstrap/${seed}`);
  const means: number[] = [];
  for (let r = 0; r < resamples; r++) {
    const values: number[] = [];
    for (let i = 0; i < patients.length; i++) {
      const patient = patients[random.below(patients.length)];
      for (const one of observations) if (one.patient === patient) values.push(one.value);
    }
    means.push(values.reduce((a, b) => a + b, 0) / values.length);
  }
  means.sort((a, b) => a - b);
  const quantile = (share: number) => {
    const at = share * (means.length - 1);
    const [below, above] = [means[Math.floor(at)]!, means[Math.ceil(at)]!];
    return below + (at - Math.floor(at)) * (above - below);
  };
  return { low: quantile((1 - level) / 2), high: quantile((1 + level) / 2) };
}

describe('the cluster bootstrap', () => {
  it('equals the literal definition', () => {
    const observations = drawn(9, 1).flatMap((one, i) =>
      Array.from({ length: 1 + (i % 4) }, (_, k) => ({ ...one, value: one.value + k })),
    );
    const { low, high, mean } = clusterBootstrap(observations, { resamples: 400, level: 0.9, seed: 3 });
    const slow = literal(observations, 400, 0.9, 3);
    expect(low).toBeCloseTo(slow.low, 12);
    expect(high).toBeCloseTo(slow.high, 12);
    expect(mean).toBeCloseTo(observations.reduce((a, { value }) => a + value, 0) / observations.length, 12);
  });

  it('agrees with normal theory when each patient has one image', () => {
    const observations = drawn(400, 1);
    const values = observations.map(({ value }) => value);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const error = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length ** 2);
    const interval = clusterBootstrap(observations, { resamples: 4000 });
    expect(Math.abs(interval.low - (mean - 1.96 * error))).toBeLessThan(0.15 * error);
    expect((interval.high - interval.low) / (2 * 1.96 * error)).toBeGreaterThan(0.93);
    expect((interval.high - interval.low) / (2 * 1.96 * error)).toBeLessThan(1.07);
  });

  it('has no ends where all images are of one, two or three patients', () => {
    for (const interval of ['percentile', 'bca'] as const)
      for (const patients of [1, 2, 3]) {
        const few = [0.5, 0.7, 0.6].map((value, i) => ({ patient: `${i % patients}`, value }));
        const { mean, ...ends } = clusterBootstrap(few, { interval });
        expect(mean).toBeCloseTo(0.6);
        expect(ends).toEqual({ low: Number.NaN, high: Number.NaN });
      }
  });

  it.each([0.6, 0.9, 0.95, 0.99])(
    'at the level %f never ends at the least or the greatest patient',
    (level) => {
      const ends = [2, 3, 4, 5].flatMap((patients) => {
        const few = Array.from({ length: patients }, (_, i) => ({
          patient: `${i}`,
          value: i / (patients - 1),
        }));
        const { low, high } = clusterBootstrap(few, { level, resamples: 20_000 });
        return Number.isNaN(low) ? [] : [low, high];
      });
      expect(ends.length).toBeGreaterThanOrEqual(4);
      expect(ends.filter((end) => end === 0 || end === 1)).toEqual([]);
    },
  );

  it('has no ends where a value is no number', () => {
    const values = [1, Number.NaN, 2].map((value, i) => ({ patient: `p${i}`, value }));
    expect(clusterBootstrap(values)).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN });
  });

  it("is not narrowed by copies of a patient's images", () => {
    const once = drawn(20, 1);
    const often = once.flatMap((one) => Array<Observation>(10).fill(one));
    const [a, b] = [clusterBootstrap(once), clusterBootstrap(often)];
    expect(b.low).toBeCloseTo(a.low, 12);
    expect(b.high).toBeCloseTo(a.high, 12);
    const asIndependent = clusterBootstrap(often.map((one, i) => ({ ...one, patient: `${i}` })));
    expect(asIndependent.high - asIndependent.low).toBeLessThan(0.5 * (a.high - a.low));
  });

  it('covers the true mean about as often as its level', () => {
    const trials = 200;
    const hits = Array.from({ length: trials }, (_, t) =>
      clusterBootstrap(drawn(40, 2, 100 + t), { resamples: 300, level: 0.9 }),
    ).filter(({ low, high }) => low <= 0 && 0 <= high).length;
    expect(hits / trials).toBeGreaterThan(0.82);
    expect(hits / trials).toBeLessThan(0.96);
  });

  it('is reproducible by seed', () => {
    const observations = drawn(12, 2);
    expect(clusterBootstrap(observations, { seed: 5 })).toEqual(clusterBootstrap(observations, { seed: 5 }));
    expect(clusterBootstrap(observations, { seed: 5 }).low).not.toBe(
      clusterBootstrap(observations, { seed: 6 }).low,
    );
  });
});
