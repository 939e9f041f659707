import { describe, expect, it } from 'vitest';
import { permutation, seededRandom } from '../../base/random.js';
import type { Split } from '../record.js';
import { assignSplits, type Splittable } from './index.js';

const random = seededRandom(5);
const samples: Splittable[] = Array.from({ length: 600 }, (_, i) => {
  const patient = `p${random.below(220)}`;
  const label = random.uniform() < 0.12 ? 1 : 0;
  return { id: `i${i}`, patient, labels: [label], site: `s${Number(patient.slice(1)) % 6}` };
});

const share = (splits: ReadonlyMap<string, Split>, split: Split, of = samples) =>
  of.filter(({ id }) => splits.get(id) === split).length / of.length;

describe.each([
  ['patient', { by: 'patient' }],
  ['site', { by: 'site' }],
  ['chosen site', { by: 'site', testSite: 's2' }],
] as const)('a split by %s', (_, options) => {
  const splits = assignSplits(samples, options, 7);

  it('gives every sample a split', () => {
    expect(splits.size).toBe(samples.length);
  });

  it('never cuts a patient', () => {
    const seen = new Map<string, Split>();
    for (const { id, patient } of samples) {
      const split = splits.get(id)!;
      expect(seen.get(patient) ?? split).toBe(split);
      seen.set(patient, split);
    }
  });

  it('is the same whatever the order of the samples', () => {
    const shuffled = [...permutation(seededRandom(1), samples.length)].map((i) => samples[i]!);
    const again = assignSplits(shuffled, options, 7);
    for (const { id } of samples) expect(again.get(id)).toBe(splits.get(id));
  });
});

describe('splits', () => {
  it('by patient keep the shares, and those of every class', () => {
    const splits = assignSplits(samples, {}, 7);
    const positives = samples.filter(({ labels }) => labels[0] === 1);
    for (const [split, wanted] of [
      ['train', 0.7],
      ['validation', 0.15],
      ['test', 0.15],
    ] as const) {
      expect(Math.abs(share(splits, split) - wanted)).toBeLessThan(0.02);
      expect(Math.abs(share(splits, split, positives) - wanted)).toBeLessThan(0.03);
    }
  });

  it('keep the shares of every class in multi-label samples', () => {
    const many = samples.map((sample, i) => ({
      ...sample,
      labels: [i % 3, 3 + (i % 7)].filter((c) => c !== 0),
    }));
    const splits = assignSplits(many, { train: 0.5, validation: 0, test: 0.5 }, 1);
    for (let c = 1; c < 10; c++) {
      const of = many.filter(({ labels }) => labels.includes(c));
      expect(Math.abs(share(splits, 'test', of) - 0.5)).toBeLessThan(0.06);
      expect(share(splits, 'validation', of)).toBe(0);
    }
  });

  it('change with the seed', () => {
    const [a, b] = [assignSplits(samples, {}, 1), assignSplits(samples, {}, 2)];
    expect(samples.filter(({ id }) => a.get(id) !== b.get(id)).length).toBeGreaterThan(100);
  });

  it('by a chosen site test on that site alone', () => {
    const splits = assignSplits(samples, { by: 'site', testSite: 's2' });
    for (const { id, site } of samples) expect(splits.get(id) === 'test').toBe(site === 's2');
  });

  it('tie sites together that share a patient', () => {
    const tied = [
      { id: 'a', patient: 'p', labels: [0], site: 'x' },
      { id: 'b', patient: 'p', labels: [0], site: 'y' },
      { id: 'c', patient: 'q', labels: [0], site: 'y' },
      { id: 'd', patient: 'r', labels: [0], site: 'z' },
    ];
    const splits = assignSplits(tied, { by: 'site', train: 0.5, validation: 0, test: 0.5 });
    expect(splits.get('b')).toBe(splits.get('a'));
    expect(splits.get('c')).toBe(splits.get('a'));
    expect(splits.get('d')).not.toBe(splits.get('a'));
  });

  it('keep the official test set and take validation from the training set', () => {
    const official = samples.map((s, i) => ({
      ...s,
      split: i % 5 === 0 ? ('test' as const) : ('train' as const),
    }));
    const splits = assignSplits(official, { by: 'official', train: 0.6, validation: 0.2, test: 0.2 });
    for (const { id, split } of official) expect(splits.get(id) === 'test').toBe(split === 'test');
    expect(Math.abs(share(splits, 'validation') - 0.2)).toBeLessThan(0.03);
  });

  it.each(['patient', 'site'] as const)('of folds test on every sample once: by %s', (by) => {
    const folds = [1, 2, 3].map((fold) => assignSplits(samples, { by, folds: 3, fold }, 4));
    for (const { id } of samples) {
      expect(folds.filter((splits) => splits.get(id) === 'test')).toHaveLength(1);
    }
    for (const splits of folds) {
      expect(Math.abs(share(splits, 'test') - 1 / 3)).toBeLessThan(0.05);
      const own = (sample: Splittable) => (by === 'site' ? sample.site! : sample.patient);
      const tested = new Set(samples.filter(({ id }) => splits.get(id) === 'test').map(own));
      for (const sample of samples) expect(tested.has(own(sample))).toBe(splits.get(sample.id) === 'test');
      // The default shares 0.7 and 0.15 of what is left.
      const left = share(splits, 'train') + share(splits, 'validation');
      expect(Math.abs(share(splits, 'validation') / left - 0.15 / 0.85)).toBeLessThan(0.04);
    }
  });

  it('name what is missing or does not add up', () => {
    expect(() => assignSplits(samples, { folds: 3, fold: 4 })).toThrow('fold=4 is none of folds=3');
    expect(() => assignSplits(samples, { by: 'site', folds: 7 })).toThrow('takes 2 to 6 here');
    expect(() => assignSplits(samples, { folds: 1 })).toThrow('folds=1 takes 2 to');
    expect(() => assignSplits(samples, { by: 'official', folds: 3 })).toThrow('exclude each other');
    expect(() => assignSplits(samples, { train: 0.9 })).toThrow('add up to 1.2');
    expect(() => assignSplits(samples, { by: 'official' })).toThrow(
      '600 of 600 samples have no official split',
    );
    expect(() => assignSplits([{ id: 'a', patient: 'p', labels: [] }], { by: 'site' })).toThrow('no site');
    expect(() => assignSplits(samples, { by: 'site', testSite: 's9' })).toThrow("site 's9'");
    expect(() => assignSplits(samples, { by: 'moon' as 'site' })).toThrow("'by' of split");
  });
});
