import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePng } from './png.js';

const decoded = async (bytes: Uint8Array) => {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, values: [...data] };
};

test('grey pixels come back as they were', async () => {
  const bytes = Uint8Array.of(0, 255, 7, 130, 9, 250);
  const image = await decoded(encodePng({ width: 3, height: 2, bytes }));
  expect(image).toMatchObject({ width: 3, height: 2 });
  expect(image.values.filter((_, i) => i % image.channels === 0)).toEqual([...bytes]);
});

test('colour pixels come back as they were', async () => {
  const bytes = Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => (i * 37) % 256);
  expect((await decoded(encodePng({ width: 2, height: 3, bytes }))).values).toEqual([...bytes]);
});

test('indices come back as their colour and opacity', async () => {
  const palette = [
    [1, 2, 3, 0],
    [250, 128, 5, 100],
    [9, 9, 9, 255],
  ] as const;
  const image = await decoded(encodePng({ width: 3, height: 1, bytes: Uint8Array.of(2, 0, 1), palette }));
  expect(image.values).toEqual([...palette[2], ...palette[0], ...palette[1]]);
});
