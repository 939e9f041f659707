import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { holm } from './corrections.js';
import { signFlipTest } from './sign-flip.js';

const of = (values: readonly number[]) => values.map((value, i) => ({ patient: `p${i}`, value }));
const wave = (count: number) =>
  of(Array.from({ length: count }, (_, i) => Math.sin((i + 1) ** 2) * 0.5 + 0.25));

describe('the sign-flip test', () => {
  // scipy 1.17.1: permutation_test((d,), np.sum, permutation_type='samples', n_resamples=np.inf).pvalue
  it('gives what scipy counts for few patients, ties included', () => {
    expect(signFlipTest(of([0.3, -0.1, 0.25, 0.4, 0.05, -0.02, 0.31, 0.12]))).toBe(0.0546875);
    expect(signFlipTest(of([1, 1, 1, 1, -1, 1, 1, 1, 1]))).toBe(0.0390625);
  });

  it('is what scipy counts for more patients', () => {
    expect(Math.abs(signFlipTest(wave(18)) - 0.0935211181640625)).toBeLessThan(2e-5);
    // Of 2,000,000 random signs.
    expect(Math.abs(signFlipTest(wave(30)) - 0.009941995)).toBeLessThan(3e-4);
  });

  it.each([
    [12, 4],
    [18, 8],
    [13, 4],
    [70, 50],
    [140, 110],
  ])('counts %i hits against %i by the binomial distribution', (won, lost) => {
    const count = won + lost;
    let [share, tail] = [0.5 ** count, 0];
    for (let k = 0; k <= lost; k++) {
      tail += share;
      share *= (count - k) / (k + 1);
    }
    const p = signFlipTest(of(Array.from({ length: count }, (_, i) => (i < won ? 1 : -1))));
    expect(p / (2 * tail)).toBeCloseTo(1, 9);
    const halves = signFlipTest(of(Array.from({ length: count }, (_, i) => (i < won ? 0.5 : -0.5))));
    expect(halves).toBe(p);
  });

  it('counts sums of different sizes as all signs of them do', () => {
    const random = seededRandom('signs');
    for (let trial = 0; trial < 4; trial++) {
      const values = Array.from({ length: 15 }, () => random.normal() ** (trial < 2 ? 1 : 3) + 0.3);
      const total = Math.abs(values.reduce((a, b) => a + b, 0));
      let count = 0;
      for (let signs = 0; signs < 2 ** 15; signs++) {
        const sum = values.reduce((a, value, i) => a + (signs & (1 << i) ? value : -value), 0);
        if (Math.abs(sum) >= total - 1e-9) count++;
      }
      expect(Math.abs(signFlipTest(of(values)) - count / 2 ** 15)).toBeLessThan(1e-3);
    }
  });

  it('flips all images of a patient at once', () => {
    const [one, two] = [of([0.5, 0.25, 0.5, 0.25]), of([0.25, 0.25, 0.25, 0.25])];
    expect(signFlipTest([...one, ...two])).toBe(signFlipTest(of([0.75, 0.5, 0.75, 0.5])));
  });

  it('finds nothing in one patient, or where nothing differs', () => {
    expect(signFlipTest(of([0.7]))).toBe(1);
    expect(signFlipTest(of([0, 0, 0]))).toBe(1);
    expect(signFlipTest([])).toBe(1);
  });

  it('rejects what is true about as often as its level says', () => {
    for (const patients of [9, 25]) {
      const trials = 1000;
      const rejected = Array.from({ length: trials }, (_, t) => {
        const random = seededRandom(`${patients}/${t}`);
        return signFlipTest(of(Array.from({ length: patients }, () => random.normal())));
      }).filter((p) => p < 0.05).length;
      expect(rejected / trials).toBeLessThan(0.07);
      expect(rejected / trials).toBeGreaterThan(0.03);
    }
  });
});

describe("Holm's adjustment", () => {
  // statsmodels 0.15.0: multipletests([...], method='holm')[1]
  it('is that of statsmodels', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005, 0.2, 0.011]);
    for (const [i, value] of [0.05, 0.09, 0.09, 0.03, 0.2, 0.05].entries())
      expect(adjusted[i]).toBeCloseTo(value, 12);
  });

  it('leaves one value as it is and none above 1', () => {
    expect(holm([0.03])).toEqual([0.03]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
