/**
 * The lower factor `[n, n]` of a symmetric positive definite `a`, row by row (Cholesky). A direction that the
 * data do not determine has an infinite diagonal element, so that it gets no share of a solution.
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const lower = Float64Array.from(a);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = lower[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i > j) lower[i * n + j] = sum / lower[j * n + j]!;
      else lower[j * n + j] = sum > 1e-12 * a[j * n + j]! ? Math.sqrt(sum) : Infinity;
    }
    lower.fill(0, j * n + j + 1, (j + 1) * n);
  }
  return lower;
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
export function solvePositive(a: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const lower = cholesky(a, n);
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
