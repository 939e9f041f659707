import sharp from 'sharp';
import { expect, test } from 'vitest';
import { colourAt } from './colours.js';
import { imageUri, overlay, overlayUri } from './overlay.js';

const pixelsOf = async (uri: string) => {
  const { data, info } = await sharp(Buffer.from(uri.split(',')[1]!, 'base64'))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [
    ...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4),
  ];
  return { ...info, at };
};

test('a signed map is blue below zero, red above and nothing at zero', async () => {
  const drawn = overlay({ data: Float32Array.of(-2, 0, 2, 1), shape: [1, 4] }, { span: 1 });
  expect(drawn).toMatchObject({ colours: 'diverging', scale: 2 });
  const { at, width } = await pixelsOf(overlayUri(drawn, 1));
  const step = width / 4;
  expect(at(0, 0)).toEqual([...colourAt('diverging', 0), 255]);
  expect(at(step, 0)[3]).toBe(0);
  expect(at(2 * step, 0)).toEqual([...colourAt('diverging', 1), 255]);
  expect(at(3 * step, 0)[3]).toBe(Math.round(255 * (Math.round(1.5 * 127) / 127 - 1) ** 0.75));
});

test('a map without negative values takes the sequential colours', () => {
  expect(overlay({ data: Float32Array.of(0, 1), shape: [1, 2] }).colours).toBe('sequential');
});

test('one outlier does not dim all other values', () => {
  const data = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? 1e6 : 1));
  expect(overlay({ data, shape: [10, 100] }).scale).toBe(1);
});

test('a map with few values that are not zero is scaled by its largest', () => {
  const data = Float32Array.from({ length: 10_000 }, (_, i) => (i === 5 ? -3 : 0));
  expect(overlay({ data, shape: [100, 100] }).scale).toBe(3);
});

test('a flat map is invisible, and NaN is grey', async () => {
  const drawn = overlay({ data: Float32Array.of(0, Number.NaN), shape: [1, 2] });
  const { at, width } = await pixelsOf(overlayUri(drawn));
  expect(at(0, 0)[3]).toBe(0);
  expect(at(width - 1, 0)).toEqual([128, 128, 128, 255]);
});

test('channels are added up', () => {
  const map = { data: Float32Array.of(1, 2, 3, 4, -10, 6), shape: [1, 3, 1, 2] };
  expect([...overlay(map).map.data]).toEqual([-6, 12]);
});

test('an image keeps its rows, columns and colours', async () => {
  const image = { data: Float32Array.of(0, 1, 0.5, 0, 0, 1), shape: [3, 1, 2] };
  const { at, width, height } = await pixelsOf(imageUri(image));
  expect([width, height]).toEqual([384, 192]);
  expect(at(0, 0)).toEqual([0, 128, 0, 255]);
  expect(at(383, 0)).toEqual([255, 0, 255, 255]);
});

test('shapes that are no picture or map are refused by what they are', () => {
  const two = { data: new Float32Array(8), shape: [2, 2, 2] };
  expect(() => imageUri(two)).toThrow('a picture has the shape [2,2,2]; it takes [1, H, W] or [3, H, W]');
  expect(() => overlay({ data: new Float32Array(8), shape: [2, 1, 2, 2] })).toThrow(
    'a heatmap has the shape [2,1,2,2]; it takes [H, W], [C, H, W] or [1, C, H, W]',
  );
});
