/** Eigenvalues, greatest first, and the eigenvectors beside them, as rows. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** Sweeps over all pairs, of which a dozen are usually enough. */
const SWEEPS = 60;

/** The eigenvalues and orthonormal eigenvectors of a symmetric matrix `[n, n]`, by Jacobi's rotations. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < SWEEPS && !isDiagonal(a, n); sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = [...Array(n).keys()].sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  return {
    values: Float64Array.from(order, (i) => a[i * n + i]!),
    vectors: order.map((i) => v.slice(i * n, (i + 1) * n)),
  };
}

function isDiagonal(a: Float64Array, n: number): boolean {
  let [off, on] = [0, 0];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      if (i === j) on += a[i * n + j]! ** 2;
      else off += a[i * n + j]! ** 2;
  return off <= 1e-30 * (on + off);
}

/** Turns rows and columns `p` and `q` so that their element vanishes; the rows of `v` turn with them. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (values: Float64Array, i: number, j: number) => {
    const [x, y] = [values[i]!, values[j]!];
    values[i] = c * x - s * y;
    values[j] = s * x + c * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(v, p * n + k, q * n + k);
}

/**
 * The pseudo-inverse of a symmetric matrix `[n, n]`: eigenvalues below `tolerance` of the greatest magnitude
 * count as 0.
 */
export function pseudoInverse(matrix: Float64Array, n: number, tolerance = 1e-9): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const least = tolerance * values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const inverse = new Float64Array(n * n);
  for (const [k, vector] of vectors.entries()) {
    if (Math.abs(values[k]!) <= least) continue;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) inverse[i * n + j]! += (vector[i]! * vector[j]!) / values[k]!;
  }
  return inverse;
}
