import { expect, it } from 'vitest';
import { channelsFirst, channelsLast } from './channels.js';
import { tensor } from './tensor.js';

const pixels = tensor(Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40), [1, 2, 2, 2]);

it('puts channels before rows and columns', () => {
  const { data, shape } = channelsFirst(tensor(pixels.data, [1, 1, 4, 2]));
  expect(shape).toEqual([1, 2, 1, 4]);
  expect([...data]).toEqual([1, 2, 3, 4, 10, 20, 30, 40]);
});

it('takes an image without channels as one of one channel', () => {
  const { data, shape } = channelsFirst(tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]));
  expect(shape).toEqual([1, 2, 3]);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
});

it('puts channels back behind them, whatever axes come before', () => {
  const first = channelsFirst(pixels);
  expect(channelsLast(first)).toEqual(pixels);
  const draws = tensor(
    Float32Array.from({ length: 48 }, (_, i) => i),
    [2, 2, 3, 2, 2],
  );
  expect(channelsFirst(channelsLast(draws))).toEqual(draws);
});
