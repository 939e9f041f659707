import { describe, expect, test } from 'vitest';
import { slideGround } from './slide-ground.js';

type Rgb = readonly [number, number, number];

/** Pixels of the colours given, each with its share of 1,000, and noise. */
const picture = (...parts: readonly (readonly [Rgb, number])[]) =>
  parts
    .flatMap(([colour, count]) => Array.from({ length: count }, () => colour))
    .flatMap((colour, i) => colour.map((value) => value + ((5 * i) % 7) - 3));

const purple: Rgb = [180, 110, 170];

describe('the ground of a slide', () => {
  test.each<[string, Rgb]>([
    ['white', [243, 241, 244]],
    ['grey', [214, 214, 216]],
    ['cream', [230, 224, 208]],
  ])('is its commonest bright colour: %s', (_, ground) => {
    const bare = slideGround(picture([ground, 700], [purple, 300]));
    expect(bare?.reduce((sum, bit) => sum + bit, 0)).toBe(700);
    expect([bare?.[0], bare?.[999]]).toEqual([1, 0]);
  });

  test.each<[string, number[]]>([
    ['a grey picture', picture([[220, 220, 220], 700], [[90, 90, 90], 300])],
    ['one without a bright part', picture([[140, 100, 60], 700], [purple, 300])],
    ['one whose bright part is coloured', picture([[240, 200, 160], 700], [[150, 90, 60], 300])],
    ['one of a small bright part', picture([[230, 230, 230], 20], [purple, 980])],
    ['a bare slide', picture([[240, 240, 240], 1000])],
    ['one with a coloured mark alone', picture([[230, 230, 230], 995], [purple, 5])],
  ])('is not seen in %s', (_, pixels) => {
    expect(slideGround(pixels)).toBeUndefined();
  });
});
