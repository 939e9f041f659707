import { expect, it } from 'vitest';
import { agreementFigure } from './agreement.js';

it('draws a cell for every two metrics, and none where nothing is known', () => {
  const { data, layout } = agreementFigure({
    metrics: ['a', 'longer-name'],
    taus: [
      [1, -0.001],
      [Number.NaN, 1],
    ],
  });
  expect(data[0]).toMatchObject({
    type: 'heatmap',
    z: [
      [1, -0.001],
      [null, 1],
    ],
  });
  const texts = (layout.annotations as { text: string }[]).map(({ text }) => text);
  expect(texts).toEqual(['1.00', '0.00', '', '1.00']);
  expect(layout.yaxis).toMatchObject({ ticktext: ['a', 'longer-name'] });
});
