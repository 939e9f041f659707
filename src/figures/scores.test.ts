import { expect, test } from 'vitest';
import { rounded } from '../testing/figures.js';
import { type ScoreRow, scoresFigure } from './scores.js';

const row = (method: string, value: number, metric = 'energy', baseline = false): ScoreRow => ({
  method,
  metric,
  value,
  low: value - 0.1,
  high: value + 0.2,
  baseline,
});
const ticks = (rows: readonly ScoreRow[], directions = {}) =>
  (scoresFigure(rows, { directions }).layout.yaxis as { ticktext: string[] }).ticktext;

test('the figure is what it was', () => {
  const rows = [row('rise', 0.5), row('gradcam', 0.75), row('random', 0.25, 'energy', true)];
  expect(
    rounded(scoresFigure(rows, { title: 'Scores', directions: { energy: 'higher' } })),
  ).toMatchSnapshot();
});

test('the best method is on top, whichever direction is better', () => {
  const rows = [row('b', 0.5), row('a', 0.75), row('c', 0.25)];
  expect(ticks(rows)).toEqual(['a', 'b', 'c']);
  expect(ticks(rows, { energy: 'lower' })).toEqual(['c', 'b', 'a']);
});

test('an undefined score is written down and comes last', () => {
  const rows = [row('a', Number.NaN), row('b', 0.5)];
  expect(ticks(rows)).toEqual(['b', 'a']);
  expect(scoresFigure(rows).layout.annotations).toContainEqual(
    expect.objectContaining({ text: 'undefined', y: 1, yref: 'y' }),
  );
});

test('the line stands at the best baseline of the metric', () => {
  const rows = [row('a', 0.9), row('random', 0.2, 'energy', true), row('centre', 0.4, 'energy', true)];
  expect(scoresFigure(rows).layout.shapes).toMatchObject([{ x0: 0.4, x1: 0.4 }]);
  expect(scoresFigure(rows, { directions: { energy: 'lower' } }).layout.shapes).toMatchObject([{ x0: 0.2 }]);
  expect(scoresFigure(rows, { directions: { energy: 'none' } }).layout.shapes).toEqual([]);
});

test('intervals reach from the low to the high end', () => {
  const [dots] = scoresFigure([row('a', 0.5)]).data;
  expect(dots?.error_x).toMatchObject({ array: [expect.closeTo(0.2)], arrayminus: [expect.closeTo(0.1)] });
});

test('gives each panel the width of the longest name of a metric', () => {
  const metric = 'relative-representation-stability';
  const named = ['energy', metric].map((name) => ({ method: 'gradient', metric: name, value: 1 }));
  const wide = (size: number) => scoresFigure(named, { size }).layout.width as number;
  expect(wide(100)).toBe(wide(8 * metric.length));
  expect(wide(400)).toBeGreaterThan(wide(100));
});
