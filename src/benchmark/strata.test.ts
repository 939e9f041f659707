import { describe, expect, it } from 'vitest';
import { wilson } from '../statistics/proportion.js';
import { strataOf } from './strata.js';

const image = (i: number) => ({
  ...{ sample: `s${i}`, patient: `p${i >> 1}`, target: 'a', prediction: i < 10 ? 'a' : 'b' },
  ...{ probability: i < 6 ? 0.95 : 0.6, lesionShare: (i + 1) / 100, lesions: i % 3 === 0 ? 1 : 2 },
  ...{ lesionAxes: i % 4 === 0 ? 3 : 1.2, site: null as string | null, method: 'm', metric: 'x' },
});
const rows = Array.from({ length: 12 }, (_, i) => ({ ...image(i), value: i === 11 ? null : i / 10 }));
const metric = { name: 'x', range: [0, 1] as const };
const by = (name: string, of = rows) => strataOf(of, 0, [metric]).filter((row) => row.by === name);

describe('strata', () => {
  it('split images by the size of their lesions into thirds', () => {
    expect(by('size').map(({ stratum, images }) => [stratum, images])).toEqual([
      ['small (up to 4.7 % of the image)', 4],
      ['middle (up to 8.3 %)', 4],
      ['large', 4],
    ]);
  });

  it('have means of defined scores, intervals over patients, and counts', () => {
    const [wrong] = by('prediction').filter(({ stratum }) => stratum === 'wrong');
    expect(wrong).toMatchObject({ mean: 1, images: 2, patients: 1, undefined: 1, metric: 'x', method: 'm' });
    const [first] = by('number');
    expect(first).toMatchObject({ stratum: 'one lesion', mean: (0 + 0.3 + 0.6 + 0.9) / 4, patients: 4 });
    expect(first!.low!).toBeLessThan(first!.high!);
  });

  it('have intervals of proportions for hits and misses, where all are hits too', () => {
    const hits = rows.map((row, i) => ({ ...row, patient: `p${i}`, value: i < 6 ? 1 : i % 2 }));
    const [all, half] = by('confidence', hits);
    expect([all!.mean, half!.mean]).toEqual([1, 0.5]);
    expect(all).toMatchObject({ low: wilson(1, 6).low, high: 1 });
    expect(half!.low).toBeCloseTo(wilson(0.5, 6).low, 9);
    const misses = by(
      'confidence',
      hits.map((row) => ({ ...row, value: 0 })),
    );
    expect(misses[0]).toMatchObject({ mean: 0, low: 0, high: wilson(0, 6).high });
  });

  it('tell elongated lesions, and confident predictions', () => {
    expect(by('shape').map(({ stratum, images }) => [stratum, images])).toEqual([
      ['compact', 9],
      ['elongated', 3],
    ]);
    expect(by('confidence').map(({ stratum, images }) => [stratum, images])).toEqual([
      ['confident (0.9 and more)', 6],
      ['not confident', 6],
    ]);
  });

  it('are left out where all images fall into one, or none is known', () => {
    expect(by('site')).toEqual([]);
    expect(by('prediction', rows.slice(0, 8))).toEqual([]);
    const sites = rows.map((row, i) => ({ ...row, site: i < 5 ? 'x' : null }));
    expect(by('site', sites)).toEqual([]);
  });
});
