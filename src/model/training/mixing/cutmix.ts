import type { Mixing } from './mixing.js';

/** Yun, Han, Oh, Chun, Choe, Yoo (2019), arXiv:1905.04899, with uniform areas */
export const cutmix: Mixing = {
  name: 'cutmix',
  doc: 'replaces a rectangle of any area by that of another image',
  mix(image, other, random) {
    const [channels, height, width] = image.shape;
    const side = Math.sqrt(random.uniform());
    const [top, bottom] = span(height, side, random.uniform());
    const [left, right] = span(width, side, random.uniform());
    for (let row = 0; row < channels * height; row++) {
      const y = row % height;
      if (y < top || y >= bottom) continue;
      const [from, to] = [row * width + left, row * width + right];
      image.data.set(other.data.subarray(from, to), from);
    }
    return 1 - ((bottom - top) * (right - left)) / (height * width);
  },
};

/** The part of `length` pixels of a piece of length `share` around `centre`, both fractions. */
function span(length: number, share: number, centre: number): readonly [number, number] {
  const at = (side: number) => Math.round((centre + side * share) * length);
  return [Math.max(0, at(-0.5)), Math.min(length, at(0.5))];
}
