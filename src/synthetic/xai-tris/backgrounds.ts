import type { Random } from '../../base/random.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { tensor } from '../../tensor/tensor.js';

export const backgrounds = ['white', 'correlated', 'one-over-f'] as const;
export type BackgroundName = (typeof backgrounds)[number];

/** Standard deviation of the white background. */
const DEVIATION = 0.5;

/** Standard deviation in pixels of the blur that correlates neighbours: 3 at 8 pixels, 10 at 64. */
export const correlationOf = (size: number): number => Math.max(3, (10 * size) / 64);

/** A background `[size * size]`. */
export function backgroundOf(name: BackgroundName, size: number, random: Random): Float32Array {
  const white = Float32Array.from({ length: size * size }, () => DEVIATION * random.normal());
  if (name === 'white') return white;
  return name === 'correlated' ? correlated(white, size) : oneOverF(white, size);
}

/** White noise, smoothed; edges are mirrored. */
export const correlated = (white: Float32Array, size: number): Float32Array =>
  gaussianBlur(tensor(white, [size, size]), correlationOf(size)).data;

/**
 * Noise whose amplitude falls as 1 / spatial frequency, as in photographs (Field 1987): the white values are
 * the coefficients of a cosine transform, without the constant.
 */
function oneOverF(white: Float32Array, size: number): Float32Array {
  const coefficients = white.map((value, i) => {
    const frequency = Math.hypot(Math.floor(i / size), i % size);
    return frequency === 0 ? 0 : value / frequency;
  });
  const basis = cosines(size);
  const between = new Float64Array(size * size);
  for (let u = 0; u < size; u++)
    for (let v = 0; v < size; v++)
      for (let x = 0; x < size; x++)
        between[u * size + x]! += coefficients[u * size + v]! * basis[v * size + x]!;
  const image = new Float64Array(size * size);
  for (let u = 0; u < size; u++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) image[y * size + x]! += basis[u * size + y]! * between[u * size + x]!;
  return Float32Array.from(image);
}

/** The orthonormal cosine basis: row `u` is the wave of frequency `u`. */
function cosines(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, i) => {
    const [u, x] = [Math.floor(i / size), i % size];
    return Math.sqrt((u === 0 ? 1 : 2) / size) * Math.cos((Math.PI * u * (x + 0.5)) / size);
  });
}
