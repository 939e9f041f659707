import { expect, test } from 'vitest';
import { reliabilityFigure } from './reliability.js';

test('a reliability diagram leaves out empty bins and shows the diagonal', () => {
  const bins = [
    { count: 0, confidence: Number.NaN, accuracy: Number.NaN },
    { count: 3, confidence: 0.6, accuracy: 0.5 },
    { count: 9, confidence: 0.9, accuracy: 1 },
  ];
  const { data } = reliabilityFigure([{ name: 'test', bins }]);
  expect(data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
    { name: 'test', x: [0.6, 0.9], y: [0.5, 1] },
    { name: 'calibrated', x: [0, 1], y: [0, 1] },
  ]);
});
