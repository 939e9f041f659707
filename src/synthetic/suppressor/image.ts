import type { Random } from '../../base/random.js';
import { normalCdf } from '../../statistics/distributions.js';
import { solvePositive } from '../../tensor/cholesky.js';

/** Side of the images of the published problem in pixels. */
export const SIDE = 8;
const PIXELS = SIDE * SIDE;

/** A blob of 4x4 pixels: 1 in the middle, 1/2 at its sides, 0 at its corners. */
const blob = (row: number, column: number) => {
  const edges = [row, column].filter((place) => place === 0 || place === 3).length;
  return [1, 0.5, 0][edges]!;
};

/** Two blobs of opposite sign: the positive one in the upper left, the negative one at the given pixel. */
function blobs(row: number, column: number): Float64Array {
  return Float64Array.from({ length: PIXELS }, (_, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    if (y < 4 && x < 4) return blob(y, x);
    const inside = y >= row && y < row + 4 && x >= column && x < column + 4;
    return inside ? -blob(y - row, x - column) : 0;
  });
}

/** The pattern that the class adds: its negative blob is in the lower left. */
export const signal: Float64Array = blobs(4, 0);
/** The pattern that a random amplitude adds, whatever the class: its negative blob is in the upper right. */
export const distractor: Float64Array = blobs(0, 4);

/** A covariance matrix `[64, 64]` of random directions, whose variances are uniform between 0.01 and 1. */
export function randomCovariance(random: Random): Float64Array {
  const axes: Float64Array[] = [];
  while (axes.length < PIXELS) {
    const axis = Float64Array.from({ length: PIXELS }, () => random.normal());
    // Twice, so that rounding leaves the axes orthogonal.
    for (const other of [...axes, ...axes]) {
      const along = dot(axis, other);
      for (let i = 0; i < PIXELS; i++) axis[i]! -= along * other[i]!;
    }
    const length = Math.sqrt(dot(axis, axis));
    axes.push(axis.map((value) => value / length));
  }
  const covariance = new Float64Array(PIXELS * PIXELS);
  for (const axis of axes) {
    const variance = 0.01 + 0.99 * random.uniform();
    for (let i = 0; i < PIXELS; i++)
      for (let j = 0; j < PIXELS; j++) covariance[i * PIXELS + j]! += variance * axis[i]! * axis[j]!;
  }
  return covariance;
}

/** The lower triangular root of a covariance matrix. */
export function rootOf(covariance: Float64Array): Float64Array {
  const n = Math.sqrt(covariance.length);
  const root = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = covariance[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= root[i * n + k]! * root[j * n + k]!;
      root[i * n + j] = i === j ? Math.sqrt(Math.max(0, rest)) : rest / root[j * n + j]!;
    }
  return root;
}

/** Factors of the parts of x = signal a z + distractor d s + noise e: weights over Frobenius norms. */
export interface Factors {
  readonly signal: number;
  readonly distractor: number;
  readonly noise: number;
}

/** x = signal a z + distractor d s + noise e for one image. */
export const composed = (factors: Factors, z: number, s: number, e: Float64Array): Float64Array =>
  e.map(
    (value, i) =>
      factors.signal * signal[i]! * z + factors.distractor * distractor[i]! * s + factors.noise * value,
  );

/** What holds exactly of the problem for standard normal s and noise of the given covariance. */
export function imageTheory(factors: Factors, covariance: Float64Array) {
  const within = covariance.map((value, at) => {
    const [i, j] = [Math.floor(at / PIXELS), at % PIXELS];
    return factors.noise ** 2 * value + factors.distractor ** 2 * distractor[i]! * distractor[j]!;
  });
  const shift = signal.map((value) => factors.signal * value);
  const weights = solvePositive(
    within,
    shift.map((value) => 2 * value),
  );
  const along = Float64Array.from(shift, (_, i) => {
    const noise = dot(within.subarray(i * PIXELS, (i + 1) * PIXELS), weights);
    return noise + shift[i]! * dot(shift, weights);
  });
  const variance = dot(weights, along);
  return {
    /** Weights of the log-odds. */
    weights,
    /** Activation pattern Cov(x) w / Var(w x): the signal, and 0 elsewhere. */
    pattern: along.map((value) => value / variance),
    /** Accuracy of the best classifier. */
    accuracy: normalCdf(Math.sqrt(dot(weights, shift) / 2)),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
