import { describe, expect, it } from 'vitest';
import { measuresOf } from './answers.js';
import {
  columnsOf,
  explainedText,
  marksOf,
  measuresText,
  shownIn,
  shownNumber,
  verdict,
} from './conclusions.js';
import type { SummaryRow } from './rows.js';

const row = (method: string, mean: number | null, more: Partial<SummaryRow> = {}): SummaryRow => ({
  ...{ method, family: 'gradient', metric: 'm', direction: 'higher', mean, low: mean, high: mean },
  ...{ gain: null, gainLow: null, gainHigh: null, verdict: 'inconclusive', p: 1, sameAs: null, chance: null },
  aboveChance: null,
  ...{ scored: 10, undefined: 0 },
  ...more,
});

const bestOf = (rows: readonly SummaryRow[]) => {
  const [column] = columnsOf(rows);
  return rows.filter((one) => marksOf(one, column!).best).map(({ method }) => method);
};

describe('the best mark', () => {
  it('is shared by means that are shown as the same number', () => {
    expect(bestOf([row('a', 0.9981), row('b', 0.99795), row('c', 0.9974)])).toEqual(['a', 'b']);
  });

  it('is a baseline where that is the best of its column', () => {
    const base = row('random', 0.7, { family: 'baseline', verdict: null });
    expect(bestOf([row('a', 0.4), base])).toEqual(['random']);
  });

  it('is never of a method that does worse than the best baseline', () => {
    expect(bestOf([row('a', 0.9, { verdict: 'worse' }), row('b', 0.4)])).toEqual(['b']);
  });

  it('is never of a mean on the wrong side of chance, whichever way is better', () => {
    const higher = { chance: 0.05 };
    expect(bestOf([row('a', 0, higher), row('b', 0, higher)])).toEqual([]);
    expect(bestOf([row('a', 0.05, higher), row('b', 0, higher)])).toEqual(['a']);
    const lower = { chance: 0.4, direction: 'lower' } as const;
    expect(bestOf([row('a', 0.5, lower), row('b', 0.6, lower)])).toEqual([]);
    expect(bestOf([row('a', 0.3, lower), row('b', 0.6, lower)])).toEqual(['a']);
  });

  it('stands in a column of as many decimals as tell a method that does worse from it', () => {
    const lower = { direction: 'lower' } as const;
    const still = row('centre', 0, { ...lower, family: 'baseline', verdict: null });
    const rows = [row('a', 1.3e-5, { ...lower, verdict: 'worse' }), row('b', 2.5e-4, lower), still];
    const [column] = columnsOf(rows);
    expect(rows.map(({ mean }) => shownIn(column!, mean!))).toEqual(['0.00001', '0.00025', '0.00000']);
    expect(bestOf(rows)).toEqual(['centre']);
    const alike = [row('a', 0.7001, { verdict: 'worse' }), row('b', 0.7002), row('c', 0.6)];
    expect(columnsOf(alike)[0]!.decimals).toBe(4);
    expect(columnsOf([row('a', 0.7001), row('b', 0.7002)])[0]!.decimals).toBe(3);
    expect(columnsOf([row('a', 0.00123), row('b', 2e-5)])[0]!.decimals).toBe(4);
    expect(columnsOf([row('a', 0.7, { verdict: 'worse' }), row('b', 0.7)])[0]!.decimals).toBe(3);
  });

  it('is the lowest where lower is better, and none without a direction or a score', () => {
    const [lower, none] = [{ direction: 'lower' }, { direction: 'none' }] as const;
    expect(bestOf([row('a', 0.4, lower), row('b', 0.2, lower)])).toEqual(['b']);
    expect(bestOf([row('a', 0.4, none)])).toEqual([]);
    expect(bestOf([row('a', null)])).toEqual([]);
  });
});

it('the verdict names methods that are tested on fewer images than are explained', () => {
  const lines = (undefinedScores: readonly number[], baselines = 0) =>
    verdict({
      summary: [
        ...undefinedScores.map((left, i) =>
          row(`m${i}`, 0.9 - i / 10, { scored: 8 - left, undefined: left }),
        ),
        row('random', 0.1, {
          ...{ family: 'baseline', verdict: null },
          ...{ scored: 8 - baselines, undefined: baselines },
        }),
      ],
      chosen: { explained: 8 },
      cases: { samples: Array.from({ length: 8 }, (_, i) => ({ patient: `${i}` })) },
    } as never).filter((line) => line.startsWith('Undefined scores'));
  expect(lines([0, 0])).toEqual([]);
  expect(lines([3, 0, 3, 7], 2)).toEqual([
    'Undefined scores are left out of these tests: 3 of 8 images of m0, m2; 7 of 8 images of m3; 2 of 8 images of random.',
  ]);
});

it('the verdict counts one and several in their own words', () => {
  const said = (verdicts: readonly SummaryRow['verdict'][], patients: number) =>
    verdict({
      summary: [
        ...verdicts.map((one, i) => row(`m${i}`, 0.5, { verdict: one })),
        row('random', 0.4, { family: 'baseline', verdict: null }),
      ],
      chosen: { explained: patients },
      cases: { samples: Array.from({ length: patients }, (_, i) => ({ patient: `${i}` })) },
    } as never);
  expect(said(['better', 'inconclusive'], 8)[0]).toMatch(
    /^By m, 1 of 2 methods beats .* on 8 images of 8 patients, 0 do worse .*, and 1 is inconclusive .* 2 comparisons\)\.$/,
  );
  expect(said(['inconclusive'], 1).slice(0, 2)).toEqual([
    expect.stringMatching(
      /0 of 1 methods beat .* on 1 image of 1 patient, .* correction for 1 comparison\)\.$/,
    ),
    'No method can pass: 1 patient is too few for 1 comparison.',
  ]);
});

it.each<[string, readonly SummaryRow[], string]>([
  [
    'no baseline',
    [row('a', 0.7), row('b', 0.5)],
    'no model-free baseline, such as random or centre, is among the methods',
  ],
  ['no method', [row('random', 0.1, { family: 'baseline' })], 'all methods are model-free baselines'],
  [
    'no direction',
    [row('a', 0.7, { direction: 'none' }), row('random', 0.1, { direction: 'none', family: 'baseline' })],
    'by m no score is better than another',
  ],
  [
    'no score of a method',
    [row('a', null), row('b', null), row('random', 0.1, { family: 'baseline' })],
    'm is undefined for all images by a, b',
  ],
  [
    'no score of a baseline',
    [row('a', 0.7), row('random', null, { family: 'baseline' })],
    'm is undefined for all images by random',
  ],
])('says why there is no verdict where there is %s', (_, summary, why) => {
  const lines = verdict({ summary, chosen: { explained: 8 }, cases: { samples: [] } } as never);
  expect(lines).toEqual([expect.stringMatching(`^No verdict: ${why}`)]);
});

it('the verdict names all methods that share the best mean', () => {
  const said = (...rows: readonly SummaryRow[]) =>
    verdict({
      summary: [...rows, row('random', 0.4, { family: 'baseline', verdict: null })],
      chosen: { explained: 8 },
      cases: { samples: [{ patient: 'p' }] },
    } as never).at(-1);
  expect(said(row('a', 0.7), row('b', 0.5))).toMatch(/^Best method: a with 0.700 \([^;]*\)\. Best baseline/);
  const same = row('c', 0.7, { sameAs: 'b' });
  expect(said(row('a', 0.7), row('b', 0.7), same)).toMatch(
    /^Best method: a with .*\); b has the same mean\./,
  );
  const nearly = row('c', 0.7006, { sameAs: 'b' });
  expect(said(nearly, row('b', 0.7))).toMatch(/^Best method: b with 0.700 .*\)\. Best baseline/);
});

it('numbers that round to zero have no sign', () => {
  expect([-0.0001, 0.0001, -0.2].map(shownNumber)).toEqual(['0.000', '0.000', '-0.200']);
});

it('names the classes that the mean AUROC leaves out', () => {
  const test = {
    ...{ accuracy: 1, accuracyLow: 0.9, accuracyHigh: 1, majority: 0.5, balancedAccuracy: 1 },
    ...{ auroc: 1, aurocLow: 0.9, aurocHigh: 1, unranked: ['rare'] },
  };
  expect(measuresText(test)).toMatch(
    /, AUROC 1\.000 \(0\.900 to 1\.000\), without rare, which no test image, or every one, shows$/,
  );
  expect(measuresText({ ...test, unranked: undefined, ranked: 3 })).toMatch(
    /, AUROC 1\.000 \(0\.900 to 1\.000\), the mean of 3 classes, each against the rest$/,
  );
});

it('says what measures of too few labels are of, and why they are undefined', () => {
  const task = { classes: ['a', 'b'], test: [0, 1, 2].map((i) => ({ patient: `${i}`, labels: [1] })) };
  const of = (columns: readonly number[], more: object = {}) => {
    const logits = { data: Float32Array.from([0, 1, 2].flatMap(() => columns)), shape: [3, columns.length] };
    return measuresText(measuresOf(logits, { ...task, multiLabel: false, ...more } as never));
  };
  const said = /balanced 100\.0 % of the labels that occur, AUROC undefined \(all test images have the same/;
  expect(of([-1, 1])).toMatch(said);
  expect(of([-1, 1], { multiLabel: true })).toMatch(said);
  expect(of([-1, 1, -1], { classes: ['a', 'b', 'c'] })).toMatch(said);
  const both = [{ patient: 'x', labels: [0] }, ...task.test.slice(1)];
  expect(of([-1, 1], { test: both })).toMatch(/balanced 50\.0 %, AUROC 0\.500 \(/);
});

it('states the target of explained images where it is not the prediction', () => {
  const test = {
    ...{ accuracy: 1, accuracyLow: 0.9, accuracyHigh: 1, majority: 0.5, balancedAccuracy: 1 },
    ...{ auroc: 1, aurocLow: 0.9, aurocHigh: 1, test: 40, annotated: 20, right: 17, explained: 3 },
  };
  expect(explainedText({ ...test, cases: 'correct' })).toBe(
    '3 of 17 annotated and correctly classified test images explained (20 annotated, 17 of them right)',
  );
  expect(explainedText({ ...test, cases: 'wrong' })).toBe(
    '3 of 3 annotated and wrongly classified test images explained (20 annotated, 17 of them right), for the class of the annotation, whatever is predicted',
  );
});
