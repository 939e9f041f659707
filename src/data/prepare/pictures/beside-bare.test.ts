import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { besideBare } from './beside-bare.js';
import { localContrast } from './local-contrast.js';

const SIDE = 40;
const random = seededRandom(7);
const picture = Float32Array.from({ length: SIDE * SIDE }, () => 255 * random.uniform());
/** The picture behind a bar of its first rows. */
const barred = picture.map((value, i) => (i < 10 * SIDE ? 90 : value));

const covers = ['any', 'many'] as const;

it.each(covers)('of %s is nowhere in a picture that varies, and everywhere in one that does not', (by) => {
  expect(besideBare(picture, SIDE)[by].every((value) => value === 0)).toBe(true);
  expect(besideBare(new Float32Array(SIDE * SIDE), SIDE)[by].every((value) => value === 1)).toBe(true);
});

it('reaches as far behind a bar as the bar changes local contrast', () => {
  const { any, many } = besideBare(barred, SIDE);
  const [a, b] = [localContrast(picture, SIDE), localContrast(barred, SIDE)];
  for (const [i, value] of any.entries()) {
    if (value === 0) expect(b[i]).toBe(a[i]);
    if (i >= 20 * SIDE) expect(value).toBe(0);
    expect(many[i]).toBeLessThanOrEqual(value);
  }
});

it('leaves what few saturated places are beside', () => {
  const saturated = (every: number) =>
    besideBare(
      picture.map((value, i) => ((i % SIDE) % every < 3 && Math.floor(i / SIDE) % every < 3 ? 255 : value)),
      SIDE,
    );
  const inside = (values: Uint8Array) =>
    values.filter((_, i) => i % SIDE > 6 && i > 6 * SIDE && i % SIDE < 33);
  expect(inside(saturated(12).any).includes(0)).toBe(false);
  expect(inside(saturated(12).many.subarray(0, 33 * SIDE)).includes(1)).toBe(false);
  expect(inside(saturated(3).many).includes(0)).toBe(false);
});

it.each(covers)('of %s is not where a slope is as gentle as shading', (by) => {
  const shaded = Float32Array.from({ length: SIDE * SIDE }, (_, i) => 60 + 2 * (i % SIDE));
  expect(besideBare(shaded, SIDE)[by].every((value) => value === 0)).toBe(true);
});
