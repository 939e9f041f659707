import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { calibrationOf, reliabilityOf, temperatureOf } from './calibration.js';

const tensor = (rows: readonly (readonly number[])[]) => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0]!.length],
});
const labelled = (...labels: readonly number[][]) => labels.map((own) => ({ labels: own }));
/** Logits of two classes whose second has probability `p`. */
const sure = (p: number) => [0, Math.log(p / (1 - p))];

describe('reliability', () => {
  it('is the mean gap between confidence and accuracy, by answers', () => {
    const logits = tensor([sure(0.89), sure(0.92), sure(0.31), sure(0.59)]);
    const { bins, error } = reliabilityOf(logits, labelled([1], [0], [0], [1]), false, 1, 10);
    // 0.89 right, 0.92 wrong, 0.69 for class 0 right, 0.59 right.
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 1, 1]);
    expect(error).toBeCloseTo((0.11 + 0.92 + 0.31 + 0.41) / 4, 5);
    expect(bins[0]!.accuracy).toBeNaN();
  });

  it('counts every class of a sample with several labels', () => {
    const z = (p: number) => Math.log(p / (1 - p));
    const logits = tensor([[z(0.2), z(0.8)]]);
    const { bins, error } = reliabilityOf(logits, labelled([1]), true, 1, 4);
    expect(bins.map(({ accuracy }) => accuracy)).toEqual([0, Number.NaN, Number.NaN, 1]);
    expect(error).toBeCloseTo(0.2, 5);
  });
});

describe('the temperature', () => {
  const random = seededRandom('temperature');
  const z = Array.from({ length: 400 }, () => [0, 1, 2].map(() => 3 * random.normal()));

  for (const multiLabel of [false, true]) {
    it(`makes the cross-entropy least${multiLabel ? ', of several labels' : ''}`, () => {
      const powers = (row: readonly number[]) => row.map((v) => Math.exp(v / 2.5));
      const drawn = z.map((row) => {
        if (multiLabel)
          return row.flatMap((v, k) => (random.uniform() < 1 / (1 + Math.exp(-v / 2.5)) ? [k] : []));
        const total = powers(row).reduce((a, b) => a + b);
        const below = random.uniform() * total;
        const sums = row.map((_, k) => powers(row.slice(0, k + 1)).reduce((a, b) => a + b));
        return [sums.findIndex((sum) => sum > below)];
      });
      const samples = labelled(...drawn);
      const loss = (t: number) =>
        z.reduce((sum, row, n) => {
          const holds = (k: number) => drawn[n]!.includes(k);
          if (multiLabel)
            return sum + row.reduce((all, v, k) => all + Math.log1p(Math.exp((holds(k) ? -v : v) / t)), 0);
          const total = row.reduce((all, v) => all + Math.exp(v / t), 0);
          return sum - Math.log(Math.exp(row[drawn[n]![0]!]! / t) / total);
        }, 0);
      const found = temperatureOf(tensor(z), samples, multiLabel);
      expect(loss(found)).toBeLessThan(Math.min(loss(found * 1.01), loss(found / 1.01)));
      expect(found).toBeGreaterThan(2);
      expect(found).toBeLessThan(3.2);
      const { before, after } = calibrationOf(tensor(z), samples, multiLabel);
      expect(after).toBeLessThan(0.6 * before);
    });
  }

  it('stays within its limits where all is told right', () => {
    expect(temperatureOf(tensor([sure(0.9), sure(0.1)]), labelled([1], [0]), false)).toBeCloseTo(0.05, 6);
  });

  it.each([
    ['where all is told right', [0.9, 0.1], true],
    ['where all is told wrong', [0.1, 0.9], true],
    ['where logits tell nothing', [0.5, 0.5], true],
    ['nowhere else', [0.9, 0.9], false],
  ])('tells its range %s', (_, [one, other], isTold) => {
    const logits = tensor([sure(one!), sure(one!), sure(one!), sure(other!)]);
    const { range } = calibrationOf(logits, labelled([1], [1], [1], [0]), false);
    expect(range).toEqual(isTold ? [0.05, 20] : undefined);
  });
});
