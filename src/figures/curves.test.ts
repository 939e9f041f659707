import { expect, test } from 'vitest';
import { rounded } from '../testing/figures.js';
import { curvesFigure, lossFigure } from './curves.js';

test('the loss figure is what it was', () => {
  const history = [
    { epoch: 1, trainLoss: 0.7, validationLoss: 0.8 },
    { epoch: 2, trainLoss: 0.5, validationLoss: 0.65 },
  ];
  expect(rounded(lossFigure(history, { title: 'Training' }))).toMatchSnapshot();
});

test('a training without validation has one line', () => {
  expect(lossFigure([{ epoch: 1, trainLoss: 0.7 }]).data).toHaveLength(1);
});

test('what is not a number leaves a gap', () => {
  const { data } = curvesFigure([{ name: 'a', x: [0, 1, 2], y: [1, Number.NaN, 3] }]);
  expect(data[0]?.y).toEqual([1, null, 3]);
});

test('an axis by powers of ten is asked for by its name', () => {
  const { layout } = curvesFigure([{ name: 'a', x: [1, 10], y: [1, 2] }], { log: 'x' });
  expect([layout.xaxis, layout.yaxis]).toMatchObject([{ type: 'log', dtick: 1 }, {}]);
  expect(layout.yaxis).not.toHaveProperty('type');
});
