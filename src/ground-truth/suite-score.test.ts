import { expect, it } from 'vitest';
import type { ModelResult, ScenarioResult } from './run.js';
import { suiteScores } from './suite-score.js';
import { suites } from './suites.js';
import { cellsOf, rangeOf } from './summary.js';

/** A model with one method's precision on three images, of which the last ones are wrong or unmoved. */
const model = (
  accuracy: number,
  values: readonly (number | null)[],
  right = [true, true, false],
): ModelResult => ({
  ...{ accuracy, test: 10, right: 9, explained: 3, skipped: [] },
  images: right.map((one, i) => ({ id: String(i), right: one, changes: i !== 1 })),
  methods: [{ method: 'gradient', family: 'gradient', values: { precision: [...values] } }],
});
const scenario = (at: number, models: readonly ModelResult[]): ScenarioResult => ({
  scenario: suites.quick[at]!,
  models,
  folders: models.map(String),
});

it('counts images that all models have right, all, or those that the cause moves', () => {
  const results = [
    scenario(0, [model(0.9, [0.2, 0.4, 0.9]), model(0.9, [0.4, null, 0.5], [true, false, true])]),
  ];
  const cell = (counting: 'right' | 'all' | 'changed') => cellsOf(results, counting)[0]!;
  // Only the first image is right in both models.
  expect(cell('right')).toMatchObject({ images: 2, models: 2 });
  expect(cell('right').mean).toBeCloseTo((0.2 + 0.4) / 2, 12);
  expect(cell('all').images).toBe(6);
  expect(cell('all').mean).toBeCloseTo((0.5 + 0.45) / 2, 12);
  expect(cell('changed').images).toBe(4);
  expect(cell('changed').mean).toBeCloseTo((0.55 + 0.45) / 2, 12);
});

it('cuts intervals at the range of a metric, not of one that follows the model', () => {
  expect([rangeOf('precision'), rangeOf('emd-score'), rangeOf('mass on cause')]).toEqual(
    Array(3).fill([0, 1]),
  );
  expect(rangeOf('enrichment of cause')).toEqual([0, Infinity]);
  expect(rangeOf('deletion')).toBeUndefined();
  const values = [0.9, 1, 1];
  const results = [
    scenario(
      0,
      values.map((value) => model(0.9, [value, value, value])),
    ),
  ];
  expect(cellsOf(results)[0]).toMatchObject({ low: expect.closeTo(0.823, 3), high: 1 });
  expect(suiteScores(results, 'precision')[0]!.raw.high).toBe(1);
});

it('carries scores to an accuracy of 1 by their slope within problems', () => {
  // The score is half of the accuracy, less 0.1 in one problem and more in the other.
  const at = (by: number) =>
    [0.8, 0.85, 0.9].map((accuracy) => model(accuracy, Array(3).fill(accuracy / 2 + by)));
  const [score] = suiteScores([scenario(0, at(-0.1)), scenario(1, at(0.1))], 'precision', 'all');
  expect(score!.slope).toBeCloseTo(0.5, 12);
  expect(score!.raw.mean).toBeCloseTo(0.425, 12);
  expect(score!.corrected.mean).toBeCloseTo(0.5, 12);
  // All models of each problem are carried to the same score: no width is left.
  expect(score!.corrected.high - score!.corrected.low).toBeCloseTo(0, 12);
  // t of 2 degrees at 97.5 %: 4.3027; the models' means are 0.4, 0.425 and 0.45.
  expect(score!.raw.high - score!.raw.mean).toBeCloseTo((4.3027 * 0.025) / Math.sqrt(3), 4);
  const few = [scenario(0, at(-0.1).slice(0, 2)), scenario(1, at(0.1).slice(0, 2))];
  expect(suiteScores(few, 'precision', 'all')[0]!.corrected.mean).toBeNaN();
});

it('leaves out methods that a model lacks', () => {
  const without = { ...model(0.9, [1, 1, 1]), methods: [] };
  expect(suiteScores([scenario(0, [model(0.9, [1, 1, 1]), without])], 'precision')).toEqual([]);
});
