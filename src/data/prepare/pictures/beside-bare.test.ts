import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { besideBare } from './beside-bare.js';
import { localContrast } from './local-contrast.js';

const SIDE = 40;
const random = seededRandom(7);
const picture = Float32Array.from({ length: SIDE * SIDE }, () => 255 * random.uniform());
/** The picture behind a bar of its first rows. */
const barred = picture.map((value, i) => (i < 10 * SIDE ? 90 : value));

it('is nowhere in a picture that varies, and everywhere in one that does not', () => {
  expect(besideBare(picture, SIDE).every((value) => value === 0)).toBe(true);
  expect(besideBare(new Float32Array(SIDE * SIDE), SIDE).every((value) => value === 1)).toBe(true);
});

it('reaches as far behind a bar as the bar changes local contrast', () => {
  const found = besideBare(barred, SIDE);
  const [a, b] = [localContrast(picture, SIDE), localContrast(barred, SIDE)];
  for (const [i, value] of found.entries()) {
    if (value === 0) expect(b[i]).toBe(a[i]);
    if (i >= 20 * SIDE) expect(value).toBe(0);
  }
});

it('is not where a slope is as gentle as shading', () => {
  const shaded = Float32Array.from({ length: SIDE * SIDE }, (_, i) => 60 + 2 * (i % SIDE));
  expect(besideBare(shaded, SIDE).every((value) => value === 0)).toBe(true);
});
