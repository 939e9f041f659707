import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { typical } from './typical.js';

const SIDE = 32;
const random = seededRandom(2);
const noise = () => Float32Array.from({ length: SIDE * SIDE }, () => random.normal());
const picture = noise();
/** The picture with other pixels in its first rows. */
const covered = (rows: number, by: (i: number) => number) =>
  picture.map((value, i) => (i < rows * SIDE ? by(i) : value));

it('is 1 of a picture and itself, and little of two pictures', () => {
  expect(typical(picture, picture, SIDE)).toBeCloseTo(1);
  expect(Math.abs(typical(picture, noise(), SIDE))).toBeLessThan(0.2);
});

it('does not see what covers a quarter of a picture, and sees what covers a half', () => {
  const other = noise();
  expect(
    typical(
      picture,
      covered(SIDE / 4, (i) => other[i]!),
      SIDE,
    ),
  ).toBeCloseTo(1);
  expect(
    typical(
      picture,
      covered(SIDE / 2, (i) => other[i]!),
      SIDE,
    ),
  ).toBeLessThan(0.5);
});

it('leaves out what has no structure, and says nothing where little has', () => {
  expect(
    typical(
      picture,
      covered(SIDE / 2, () => 0),
      SIDE,
    ),
  ).toBeCloseTo(1);
  expect(
    typical(
      picture,
      covered((3 * SIDE) / 4, () => 0),
      SIDE,
    ),
  ).toBe(0);
});
