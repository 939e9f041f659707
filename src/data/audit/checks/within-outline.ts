import { around } from '../../prepare/pictures/around.js';
import { bareIn } from '../../prepare/pictures/beside-bare.js';
import { NOISE, RADIUS } from '../../prepare/pictures/local-contrast.js';

/** Pixels beside a bare place of either picture that are left out, for the edges that both share. */
const EDGE = 2;
/** The share of a picture that must be left. */
const LEAST = 0.05;

/**
 * The correlation, from -1 to 1, of all local contrast of two `side x side` pictures of intensities from 0 to
 * 255 within the outline that both have, such as a disc or a frame: without its edges, and without shading
 * that runs smoothly over all of it, by that of two degrees of it that leaves them less alike. `undefined`
 * where too little lies within.
 */
export function likenessWithin(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  side: number,
): number | undefined {
  const [bareOne, bareOther] = [bareIn(one, side), bareIn(other, side)];
  const near = around(
    bareOne.map((bare, i) => bare | bareOther[i]!),
    side,
  );
  const within = bareOne.map((_, i) => (near(i, EDGE).mean > 0 ? 0 : 1));
  const places = [...within.keys()].filter((i) => within[i] === 1);
  if (places.length < LEAST * side ** 2) return undefined;
  const likeness = DEGREES.map((degree) => {
    const shades = shadesOver(places, side, degree);
    const [a, b] = [one, other].map((picture) => contrastIn(unshaded(picture, places, shades), within, side));
    return correlation(
      places.map((i) => a![i]!),
      places.map((i) => b![i]!),
    );
  });
  return likeness.reduce((least, found) => (Math.abs(found) < Math.abs(least) ? found : least));
}

/** Degrees of the light that falls off towards a rim: little, or up to the fourth power of a cosine. */
const DEGREES = [2, 4];

/** An orthonormal basis of the polynomials of a degree over some pixels: values by place. */
function shadesOver(places: readonly number[], side: number, degree: number): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  for (let all = 0; all <= degree; all++)
    for (let u = 0; u <= all; u++) {
      const shade = (i: number) => at(i % side, side) ** u * at(Math.floor(i / side), side) ** (all - u);
      const rest = basis.reduce(without, Float64Array.from(places, shade));
      const norm = Math.sqrt(dot(rest, rest));
      if (norm > 1e-6) basis.push(rest.map((value) => value / norm));
    }
  return basis;
}

const at = (k: number, side: number) => (2 * k) / side - 1;

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const without = (values: Float64Array, shade: Float64Array): Float64Array => {
  const share = dot(values, shade);
  return values.map((value, i) => value - share * shade[i]!);
};

/** A picture without the shades, 0 beyond the places. */
function unshaded(
  picture: ArrayLike<number>,
  places: readonly number[],
  shades: readonly Float64Array[],
): Float64Array {
  const rest = shades.reduce(
    without,
    Float64Array.from(places, (i) => picture[i]!),
  );
  const made = new Float64Array(picture.length);
  for (const [k, i] of places.entries()) made[i] = rest[k]!;
  return made;
}

/** How far each pixel lies from the mean of those around it that are within, in their standard deviations. */
function contrastIn(picture: Float64Array, within: Uint8Array, side: number): Float64Array {
  const [values, share] = [around(picture, side), around(within, side)];
  return picture.map((value, i) => {
    if (within[i] === 0) return 0;
    const part = share(i, RADIUS).mean;
    const all = values(i, RADIUS);
    const mean = all.mean / part;
    const variance = Math.max(0, (all.variance + all.mean ** 2) / part - mean ** 2);
    return (value - mean) / Math.sqrt(variance + NOISE ** 2);
  });
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ofA, ofB] = [mean(a), mean(b)];
  let [both, squaredA, squaredB] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [x, y] = [value - ofA, b[i]! - ofB];
    both += x * y;
    squaredA += x * x;
    squaredB += y * y;
  }
  return squaredA > 0 && squaredB > 0 ? both / Math.sqrt(squaredA * squaredB) : 0;
}
