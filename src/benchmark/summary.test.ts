import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { metrics } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { summarise as summariseWith } from './summary.js';

type Scores = Parameters<typeof summariseWith>[0];

const rows = (method: string, metric: string, values: readonly (number | null)[]): Scores =>
  values.map((value, i) => ({
    sample: `s${i}`,
    patient: `p${i}`,
    method,
    metric,
    value,
    lesionShare: i % 2 === 0 ? 0.1 : 0.3,
  }));

const summarise = (scores: Scores, seed: number, same: readonly (readonly string[])[] = []) =>
  summariseWith(scores, Object.values<Method>(methods), Object.values<Metric>(metrics), seed, same);

const find = (summary: ReturnType<typeof summarise>, method: string) =>
  summary.find((row) => row.method === method)!;

describe('the summary', () => {
  it('averages defined scores and counts undefined ones', () => {
    const summary = summarise(rows('gradient', 'relevance-rank', [0.2, null, 0.4, null, 0.6]), 0);
    expect(summary).toHaveLength(1);
    expect(summary[0]).toMatchObject({ family: 'gradient', direction: 'higher', scored: 3, undefined: 2 });
    expect(summary[0]!.mean).toBeCloseTo(0.4, 12);
  });

  it('has no mean without defined scores', () => {
    const [row] = summarise(rows('gradient', 'relevance-rank', [null, null]), 0);
    expect(row).toMatchObject({ mean: null, low: null, high: null, scored: 0, undefined: 2, gain: null });
  });

  it('has a mean but no interval where all images are of one patient', () => {
    const own = rows('gradient', 'relevance-rank', [0.2, 0.4]).map((row) => ({ ...row, patient: 'p' }));
    const [row] = summarise(own, 0);
    expect(row).toMatchObject({ low: null, high: null, scored: 2 });
    expect(row!.mean).toBeCloseTo(0.3, 12);
  });

  it('compares with the best baseline image by image', () => {
    const base = [0.1, 0.5, 0.3, 0.7];
    const summary = summarise(
      [
        ...rows(
          'gradient',
          'relevance-rank',
          base.map((v) => v + 0.05),
        ),
        ...rows('gradcam', 'relevance-rank', [null, 0.4, 0.2, 0.6]),
        ...rows('random', 'relevance-rank', [0, 0, 0, 0]),
        ...rows('sobel', 'relevance-rank', base),
      ],
      0,
    );
    const better = find(summary, 'gradient');
    for (const gain of [better.gain, better.gainLow, better.gainHigh]) expect(gain).toBeCloseTo(0.05, 12);
    expect(find(summary, 'gradcam').gain).toBeCloseTo(-0.1, 12);
    expect(find(summary, 'sobel')).toMatchObject({ gain: null, gainLow: null, gainHigh: null });
  });

  it('counts a lower score as a gain when lower is better', () => {
    const summary = summarise(
      [...rows('gradient', 'deletion', [0.1, 0.2]), ...rows('random', 'deletion', [0.4, 0.5])],
      0,
    );
    expect(find(summary, 'gradient').gain).toBeCloseTo(0.3, 12);
  });

  const many = (value: number, count = 24) => Array<number>(count).fill(value);

  it('gives hits an interval of a proportion, and their gain one too', () => {
    const summary = summarise(
      [...rows('gradcam', 'pointing-game', many(1)), ...rows('random', 'pointing-game', many(0))],
      0,
    );
    const { low, high, gainLow, gainHigh } = find(summary, 'gradcam');
    // statsmodels 0.15.0: proportion_confint(24, 24, method='wilson')
    expect(low).toBeCloseTo(0.8620237953250198, 12);
    expect([high, gainHigh]).toEqual([1, 1]);
    expect(gainLow).toBeCloseTo(0.804872180063877, 12);
  });

  it('gives scores that are all the greatest an interval with a width', () => {
    const [row] = summarise(rows('gradient', 'relevance-rank', many(1)), 0);
    expect(row).toMatchObject({ mean: 1, low: expect.closeTo(0.862, 3), high: 1 });
    const [mixed] = summarise(rows('gradient', 'relevance-rank', [...many(1).slice(1), 0.9]), 0);
    expect(mixed!.low).toBeGreaterThan(0.98);
  });

  it("takes one's own metric of zeros and ones for hits, and no others", () => {
    const own = (range: readonly [number, number]) =>
      summariseWith(
        rows('gradient', 'own', many(1)),
        Object.values<Method>(methods),
        [{ name: 'own', direction: 'higher', range }],
        0,
      )[0]!;
    expect(own([0, 1]).low).toBeCloseTo(0.862, 3);
    expect(own([0, Infinity]).low).toBe(1);
  });

  const wave = (offset: number, count = 24) =>
    Array.from({ length: count }, (_, i) => offset + 0.3 * Math.sin(i * i));

  it('needs more of a difference the more methods are compared', () => {
    const base = rows('random', 'relevance-rank', many(0));
    const tried = ['saliency', 'gradcam', 'hirescam', 'layercam', 'lrp', 'deeplift', 'occlusion', 'rise'];
    const one = summarise([...base, ...rows('gradient', 'relevance-rank', wave(0.12))], 0);
    const all = summarise(
      [
        ...base,
        ...['gradient', ...tried.slice(1)].flatMap((name) => rows(name, 'relevance-rank', wave(0.12))),
      ],
      0,
    );
    expect(find(one, 'gradient').verdict).toBe('better');
    expect(find(all, 'gradient').verdict).toBe('inconclusive');
    expect(find(all, 'gradient').p! / find(one, 'gradient').p!).toBeCloseTo(8, 9);
  });

  it('counts methods with the same maps once', () => {
    const scores = [
      ...rows('random', 'relevance-rank', many(0)),
      ...['gradient', 'gradcam', 'hirescam'].flatMap((name) => rows(name, 'relevance-rank', wave(0.12))),
    ];
    const apart = find(summarise(scores, 0), 'gradcam');
    const together = summarise(scores, 0, [['gradcam', 'hirescam']]);
    expect(apart.p! / find(together, 'gradcam').p!).toBeCloseTo(3 / 2, 9);
    expect(find(together, 'hirescam')).toMatchObject({
      sameAs: 'gradcam',
      p: find(together, 'gradcam').p,
      verdict: find(together, 'gradcam').verdict,
    });
    expect(find(together, 'gradcam').sameAs).toBeNull();
  });

  it('is better only than all baselines, and worse than the best', () => {
    const summary = summarise(
      [
        ...rows('random', 'relevance-rank', many(0)),
        ...rows('sobel', 'relevance-rank', many(0.5)),
        ...rows('gradient', 'relevance-rank', wave(0.9)),
        ...rows('gradcam', 'relevance-rank', wave(0.2)),
        ...rows('lrp', 'relevance-rank', wave(0.48)),
      ],
      0,
    );
    expect(['gradient', 'gradcam', 'lrp', 'sobel'].map((name) => find(summary, name).verdict)).toEqual([
      'better',
      'worse',
      'inconclusive',
      null,
    ]);
  });

  it('says what random maps are expected to score', () => {
    const chance = (metric: string) => summarise(rows('gradient', metric, many(0.5)), 0)[0]!.chance;
    expect(chance('pointing-game')).toBeCloseTo(0.2, 12);
    expect(chance('auroc')).toBe(0.5);
    expect(chance('deletion')).toBeNull();
  });

  it('relates scores to chance: 0 as random maps, 1 for the best possible', () => {
    const scores = [...rows('gradient', 'deletion', many(0.2)), ...rows('random', 'deletion', many(0.8))];
    const summary = summarise(scores, 0);
    expect(find(summary, 'gradient').chance).toBeCloseTo(0.8, 12);
    expect(find(summary, 'gradient').aboveChance).toBeCloseTo(0.75, 12);
    expect(find(summary, 'random').aboveChance).toBeCloseTo(0, 12);
    const above = (metric: string, value: number) =>
      summarise(rows('gradient', metric, many(value)), 0)[0]!.aboveChance;
    expect(above('auroc', 0.75)).toBeCloseTo(0.5, 12);
    expect(above('pointing-game', 0)).toBeCloseTo(-0.25, 12);
    expect(above('relevance-inside-weight', 3)).toBeNull();
  });

  it('has no verdict where no image has both scores', () => {
    const summary = summarise(
      [...rows('gradient', 'relevance-rank', [0.5, null]), ...rows('random', 'relevance-rank', [null, 0.1])],
      0,
    );
    expect(find(summary, 'gradient')).toMatchObject({ verdict: null, p: null, gain: null });
  });
});
