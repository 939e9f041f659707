import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { metrics } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import type { ScoreRow } from './rows.js';
import { summarise as summariseWith } from './summary.js';

const rows = (method: string, metric: string, values: readonly (number | null)[]): ScoreRow[] =>
  values.map((value, i) => ({
    sample: `s${i}`,
    patient: `p${i}`,
    method,
    metric,
    value,
    ...(value === null && { reason: 'the map is flat' }),
  }));

const summarise = (scores: readonly ScoreRow[], seed: number) =>
  summariseWith(scores, Object.values<Method>(methods), Object.values<Metric>(metrics), seed);

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
});
