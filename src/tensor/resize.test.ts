import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { resizeBilinear, resizeNearest } from './resize.js';
import { type Tensor, tensor } from './tensor.js';

const random = seededRandom('resize');
const image = (shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );

/**
 * Straight from the definition: the value at a real position, by the tent function over all pixels of the
 * edge-repeated image.
 */
function literal(plane: number[][], y: number, x: number): number {
  const [h, w] = [plane.length, plane[0]!.length];
  let sum = 0;
  for (let i = -1; i <= h; i++) {
    for (let j = -1; j <= w; j++) {
      const weight = Math.max(0, 1 - Math.abs(y - i)) * Math.max(0, 1 - Math.abs(x - j));
      sum += weight * plane[Math.min(h - 1, Math.max(0, i))]![Math.min(w - 1, Math.max(0, j))]!;
    }
  }
  return sum;
}

const planesOf = ({ data, shape }: Tensor): number[][][] => {
  const [h, w] = shape.slice(-2) as [number, number];
  return Array.from({ length: data.length / (h * w) }, (_, p) =>
    Array.from({ length: h }, (_, i) => Array.from(data.subarray((p * h + i) * w, (p * h + i + 1) * w))),
  );
};

describe('resizeBilinear', () => {
  it.each([
    [[2, 3, 4, 5], 9, 7],
    [[1, 7, 6], 3, 4],
    [[2, 2], 32, 32],
    [[1, 1, 1, 1], 3, 5],
  ])('gives the tent-weighted value at half-pixel centres: %j to %i x %i', (shape, height, width) => {
    const source = image(shape);
    const resized = planesOf(resizeBilinear(source, height, width));
    const [h, w] = shape.slice(-2) as [number, number];
    for (const [p, plane] of planesOf(source).entries()) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const expected = literal(plane, ((i + 0.5) * h) / height - 0.5, ((j + 0.5) * w) / width - 0.5);
          expect(resized[p]![i]![j]!).toBeCloseTo(expected, 5);
        }
      }
    }
  });

  it('keeps an image of the wanted size to the bit', () => {
    const source = image([2, 5, 6]);
    expect(resizeBilinear(source, 5, 6)).toEqual(source);
  });

  it('leaves a NaN out of pixels that do not touch it', () => {
    const source = tensor(Float32Array.of(1, Number.NaN, 1, 1, 1, 1, 1, 1, 1), [3, 3]);
    expect([...resizeBilinear(source, 3, 3).data]).toEqual([1, Number.NaN, 1, 1, 1, 1, 1, 1, 1]);
  });

  it.each([
    [0, 4],
    [4, -1],
    [2.5, 4],
    [Number.NaN, 4],
  ])('refuses the size %s x %s', (height, width) => {
    expect(() => resizeBilinear(image([2, 2]), height, width)).toThrow(/whole numbers of at least 1/);
  });

  it('refuses what is no image', () => {
    expect(() => resizeBilinear(image([4]), 2, 2)).toThrow(/\[4\]/);
  });
});

describe('resizeNearest', () => {
  it('takes the pixel under each centre', () => {
    const source = tensor(Float32Array.of(1, 2, 3), [1, 3]);
    expect([...resizeNearest(source, 1, 6).data]).toEqual([1, 1, 2, 2, 3, 3]);
    expect([...resizeNearest(source, 1, 2).data]).toEqual([1, 3]);
    expect([...resizeNearest(source, 1, 1).data]).toEqual([2]);
  });

  it('repeats pixels by whole factors in every plane', () => {
    const source = image([2, 3, 2, 2]);
    const resized = planesOf(resizeNearest(source, 4, 6));
    for (const [p, plane] of planesOf(source).entries()) {
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 6; j++) expect(resized[p]![i]![j]).toBe(plane[i >> 1]![Math.floor(j / 3)]);
    }
  });
});
