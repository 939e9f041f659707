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

const likeness = (other: Float32Array) => typical({ values: picture }, { values: other }, SIDE);

it('is 1 of a picture and itself, and little of two pictures', () => {
  expect(likeness(picture)).toBeCloseTo(1);
  expect(Math.abs(likeness(noise()))).toBeLessThan(0.2);
});

it('does not see what covers a quarter of a picture, and sees what covers a half', () => {
  const other = noise();
  expect(likeness(covered(SIDE / 4, (i) => other[i]!))).toBeCloseTo(1);
  expect(likeness(covered(SIDE / 2, (i) => other[i]!))).toBeLessThan(0.5);
});

it('leaves out what has no structure, and says nothing where little has', () => {
  expect(likeness(covered(SIDE / 2, () => 0))).toBeCloseTo(1);
  expect(likeness(covered((3 * SIDE) / 4, () => 0))).toBe(0);
});

it('leaves out what is beside bare places of either picture', () => {
  const other = noise();
  const values = picture.map((value, i) => (i % 8 < 4 ? other[i]! : value));
  const besideBare = Uint8Array.from(picture, (_, i) => (i % 8 < 4 ? 1 : 0));
  const nowhere = new Uint8Array(picture.length);
  expect(likeness(values)).toBeLessThan(0.8);
  expect(typical({ values: picture, besideBare: nowhere }, { values, besideBare }, SIDE)).toBeCloseTo(1);
  expect(typical({ values: picture, besideBare }, { values, besideBare: nowhere }, SIDE)).toBeCloseTo(1);
  const all = nowhere.map(() => 1);
  expect(typical({ values: picture, besideBare: all }, { values, besideBare: nowhere }, SIDE)).toBe(0);
});
