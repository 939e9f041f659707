import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { differing, turnedBits, WORDS } from './descriptor.js';
import { type Keypoints, keypointsOf, readKeypoints, writtenKeypoints } from './keypoints.js';
import { symmetries, turned } from './symmetries.js';

const SIDE = 160;
const random = seededRandom('blobs');
const blobs = Array.from(
  { length: 60 },
  () => [random.uniform(), random.uniform(), 300 + 2000 * random.uniform(), random.normal()] as const,
);
const values = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [x, y] = [(i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE];
  let value = 120;
  for (const [u, v, k, height] of blobs) value += 50 * height * Math.exp(-k * ((x - u) ** 2 + (y - v) ** 2));
  return Math.min(255, Math.max(0, value));
});
const size = { width: SIDE, height: SIDE, originalWidth: SIDE, originalHeight: SIDE };
const own = keypointsOf({ values, ...size });

/** Of each place of one picture, in how many bits the nearest place of another differs. */
const nearest = (one: Keypoints, other: Keypoints, bits: Uint32Array) =>
  Array.from({ length: one.count }, (_, i) =>
    Math.min(
      ...Array.from({ length: other.count }, (_, j) => differing(one.bits, WORDS * i, bits, WORDS * j)),
    ),
  );
const typical = (all: readonly number[]) => [...all].sort((a, b) => a - b)[all.length >> 1]!;

describe('places that stand out', () => {
  it.each(symmetries.map((symmetry, index) => ({ ...symmetry, name: symmetry.name || 'as it is', index })))(
    'look as before once a picture is turned back: $name',
    (symmetry) => {
      const seen = keypointsOf({ values: turned(values, SIDE, symmetry), ...size });
      expect(Math.abs(seen.count - own.count)).toBeLessThan(0.1 * own.count);
      // The bits of the turned picture are those of the original, turned.
      expect(typical(nearest(seen, own, turnedBits(own.bits, symmetry.index)))).toBeLessThan(20);
    },
  );

  it('look the same on the inverted picture, where bright ones are dark', () => {
    const seen = keypointsOf({ values: values.map((value) => 255 - value), ...size });
    expect(typical(nearest(seen, own, own.bits))).toBeLessThan(8);
    const bright = (of: Keypoints) => of.bright.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(bright(seen) + bright(own) - own.count)).toBeLessThan(4);
  });

  it('are none on a smooth slope', () => {
    const slope = values.map((_, i) => (i % SIDE) + Math.floor(i / SIDE) / 2);
    expect(keypointsOf({ values: slope, ...size }).count).toBeLessThan(5);
  });

  it('are read as they are written', () => {
    expect(readKeypoints(JSON.parse(JSON.stringify(writtenKeypoints(own))))).toEqual(own);
  });
});
