import { expect, it } from 'vitest';
import { type Tensor, zeros } from '../tensor/tensor.js';
import { projectionsFigure, slicesFigure } from './volume.js';

const volume = zeros([3, 4, 5]);
const map = zeros([1, 1, 3, 4, 5]);
volume.data[27] = 1;
map.data[27] = -2;
map.data[47] = 1;

interface Step {
  readonly args: readonly [{ readonly z: unknown }, Record<string, string>, readonly number[]];
}
interface Slider {
  readonly active: number;
  readonly steps: readonly Step[];
}

it('draws the slice of the strongest relevance, and changes all with the slider', () => {
  const { data, layout } = slicesFigure(volume, map);
  const [slider] = layout.sliders as readonly [Slider];
  const images = layout.images as readonly { readonly source: string }[];
  expect([slider.active, slider.steps.length]).toEqual([1, 3]);
  const [trace, sources] = slider.steps[1]!.args;
  expect(trace.z).toEqual([data[0]!.z]);
  expect(Object.values(sources)).toEqual(images.map(({ source }) => source));
  const others = new Set(slider.steps.map(({ args }) => args[1]['images[1].source']));
  expect(others.size).toBe(3);
});

it('projects the value of the greatest magnitude along each axis, with its sign', () => {
  const { data } = projectionsFigure(volume, { gradient: map });
  const planes = data.flatMap(({ z }) => (z === undefined ? [] : [z as number[][]]));
  expect(planes.map((plane) => [plane.length, plane[0]!.length])).toEqual(Array(3).fill([4, 5]));
  // The second view has 3 rows and the third 4 columns, centred in a frame of 4 by 5.
  const found = planes.map((plane) =>
    plane.flatMap((row, y) => row.flatMap((value, x) => (value === 0 ? [] : [[y, x, value]]))),
  );
  expect(found).toEqual([
    [[1, 2, -2]],
    [
      [1, 2, -2],
      [2, 2, 1],
    ],
    [
      [1, 1, -2],
      [2, 1, 1],
    ],
  ]);
});

it('refuses what is no volume, in one line', () => {
  const flat: Tensor = zeros([4, 5]);
  expect(() => slicesFigure(flat, map)).toThrow('a volume to draw has the shape [D, H, W]');
  expect(() => projectionsFigure(volume, { m: zeros([2, 1, 3, 4, 5]) })).toThrow('a map of a volume');
});
