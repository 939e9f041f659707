import { atOnce, type Sliced } from '../base/in-slices.js';

/**
 * The lower factor `[n, n]` of a symmetric positive definite `a`, row by row (Cholesky). A direction that the
 * data do not determine has an infinite diagonal element, so that it gets no share of a solution.
 */
export const cholesky = (a: Float64Array, n: number): Float64Array => atOnce(choleskyInSlices(a, n));

/** The same, a column at a time. */
export function* choleskyInSlices(a: Float64Array, n: number): Sliced<Float64Array> {
  const lower = Float64Array.from(a);
  for (let j = 0; j < n; j++) {
    factorColumn(lower, a, n, j);
    yield ((j + 1) / n) ** 2 * (3 - (2 * (j + 1)) / n);
  }
  return lower;
}

function factorColumn(lower: Float64Array, a: Float64Array, n: number, j: number): void {
  for (let i = j; i < n; i++) {
    let sum = lower[i * n + j]!;
    for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
    if (i > j) lower[i * n + j] = sum / lower[j * n + j]!;
    else lower[j * n + j] = sum > 1e-12 * a[j * n + j]! ? Math.sqrt(sum) : Infinity;
  }
  lower.fill(0, j * n + j + 1, (j + 1) * n);
}

/** The solution of `lower x = b`. */
export function solveLower(lower: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}

/** The solution of `a x = b` for a symmetric positive definite `a` `[n, n]`. */
export const solvePositive = (a: Float64Array, b: ArrayLike<number>): Float64Array =>
  atOnce(solveInSlices(a, [b]))[0]!;

/** The solutions for several `b`, in slices. */
export function* solveInSlices(
  a: Float64Array,
  several: readonly ArrayLike<number>[],
): Sliced<Float64Array[]> {
  const lower = yield* choleskyInSlices(a, several[0]!.length);
  return several.map((b) => solveFactored(lower, b));
}

function solveFactored(lower: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const x = solveLower(lower, b);
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}

/** The inverse of a lower triangular matrix `[n, n]`. */
export function invertLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / lower[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= lower[i * n + k]! * inverse[k * n + j]!;
      inverse[i * n + j] = sum / lower[i * n + i]!;
    }
  }
  return inverse;
}
