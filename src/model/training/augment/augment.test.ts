import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { zeros } from '../../../tensor/tensor.js';
import { compose, identity, warp } from './affine.js';
import { augment } from './augment.js';
import { augmentations, augmentOption } from './parse.js';

const random = seededRandom(4);
const image = zeros([2, 5, 6]);
for (let i = 0; i < image.data.length; i++) image.data[i] = random.uniform();
const at = (data: Float32Array, c: number, y: number, x: number) => data[(c * 5 + y) * 6 + x];

describe('warp', () => {
  it('does not change the image under the identity', () => {
    expect(warp(image, identity)).toEqual(image);
  });

  it('mirrors exactly', () => {
    const { data } = warp(image, [-1, 0, 0, 0, 1, 0]);
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 6; x++) expect(at(data, 1, y, x)).toBe(at(image.data, 1, y, 5 - x));
  });

  it('moves by whole pixels exactly and repeats the edge', () => {
    const { data } = warp(image, [1, 0, 2, 0, 1, -1]);
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 6; x++)
        expect(at(data, 0, y, x)).toBe(at(image.data, 0, Math.max(0, y - 1), Math.min(5, x + 2)));
  });

  it('interpolates linearly between two pixels', () => {
    const { data } = warp(image, [1, 0, 0.25, 0, 1, 0]);
    expect(at(data, 0, 2, 3)).toBeCloseTo(
      0.75 * at(image.data, 0, 2, 3)! + 0.25 * at(image.data, 0, 2, 4)!,
      6,
    );
  });

  it('moves each image of a batch alike', () => {
    const map = [0.9, 0.2, 1.3, -0.2, 0.9, -0.4] as const;
    const batch = warp({ data: Float32Array.from([...image.data, ...image.data]), shape: [2, 2, 5, 6] }, map);
    const { data } = warp(image, map);
    expect(batch).toEqual({ data: Float32Array.from([...data, ...data]), shape: [2, 2, 5, 6] });
  });

  it('applies the outer of two composed maps first', () => {
    const turn = [0, -1, 0, 1, 0, 0] as const;
    const move = [1, 0, 3, 0, 1, 0] as const;
    // (x, y) moves to (x + 3, y), which turns to (-y, x + 3).
    expect(compose(turn, move)).toEqual([0, -1, 0, 1, 0, 3]);
  });
});

describe('augment', () => {
  const square = { data: image.data.slice(0, 50), shape: [2, 5, 5] };
  const all = Object.values(augmentations).map(({ name, strength }) => ({ name, strength }));

  for (const { name } of all) {
    it(`${name} depends on its seed and does not change its input`, () => {
      const before = square.data.slice();
      const chosen = [{ name, strength: augmentations[name]!.strength }];
      const drawn = Array.from({ length: 8 }, (_, seed) => augment(square, chosen, seededRandom(seed)));
      expect(augment(square, chosen, seededRandom(0))).toEqual(drawn[0]);
      expect(drawn.some((other) => other.data.some((v, i) => v !== drawn[0]!.data[i]))).toBe(true);
      expect(drawn.every(({ data }) => data.every((v) => v >= 0 && v <= 1))).toBe(true);
      expect(square.data).toEqual(before);
    });

    it(`${name} of strength 0 changes nothing`, () => {
      const { data } = augment(square, [{ name, strength: 0 }], seededRandom(1));
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(square.data[i]!, 6);
    });
  }

  it('refuses to transpose an image that is not square', () => {
    const transpose = () => augment(image, [{ name: 'transpose', strength: 1 }], seededRandom(1));
    expect(transpose).toThrow(
      "augmentation 'transpose' takes square images; these have 6 columns and 5 rows",
    );
  });

  it('draws intensities from given numbers, at the same places', () => {
    const chosen = [
      { name: 'flip', strength: 0.5 },
      { name: 'brightness', strength: 0.05 },
    ];
    const dim = { data: square.data.map((value) => 0.2 + 0.5 * value), shape: square.shape };
    for (const seed of [0, 1, 2, 3]) {
      const [one, other] = [7, 8].map((own) => augment(dim, chosen, seededRandom(seed), seededRandom(own)));
      const gaps = one!.data.map((value, i) => value - other!.data[i]!);
      expect(Math.abs(gaps[0]!)).toBeGreaterThan(1e-3);
      for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0]!, 5);
    }
  });

  it('each augmentation draws independently of the others', () => {
    const [alone, beside] = [
      [{ name: 'noise', strength: 0.01 }],
      [
        { name: 'flip', strength: 0 },
        { name: 'noise', strength: 0.01 },
      ],
    ];
    expect(augment(image, beside, seededRandom(9))).toEqual(augment(image, alone, seededRandom(9)));
  });
});

describe("option 'augment'", () => {
  it('takes names with and without a strength', () => {
    expect(augmentOption.read('flip, rotate=5')).toEqual([
      { name: 'flip', strength: 0.5 },
      { name: 'rotate', strength: 5 },
    ]);
    expect(augmentOption.read('none')).toEqual([]);
  });

  for (const wrong of ['flop', 'flip=', 'flip=x', 'shift=-1', 'toString', 3]) {
    it(`rejects ${wrong}`, () => expect(augmentOption.read(wrong)).toBeUndefined());
  }
});
