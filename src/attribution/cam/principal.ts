import { seededRandom } from '../../base/random.js';

/**
 * Projects the values of a layer, `[channels, positions]`, on their first principal component; returns one
 * number per position. Chooses the sign for which the projection correlates positively with the sum over
 * channels. Finds the projection as the leading eigenvector of the Gram matrix of the positions.
 */
export function firstComponent(
  values: Float32Array | Float64Array,
  channels: number,
  positions: number,
): Float64Array {
  const columns = Array.from({ length: channels }, (_, c) =>
    centred(values.subarray(c * positions, (c + 1) * positions)),
  );
  const { vector, value } = leadingEigenvector(positions, (weights) =>
    combined(columns, project(columns, weights)),
  );
  const projection = vector.map((v) => v * Math.sqrt(value));
  const sum = combined(columns, new Float64Array(channels).fill(1));
  return dot(projection, sum) < 0 ? projection.map((v) => -v) : projection;
}

function centred(values: Float32Array | Float64Array): Float64Array {
  const own = new Float64Array(values);
  const mean = own.reduce((a, b) => a + b, 0) / own.length;
  return own.map((value) => value - mean);
}

interface Eigenpair {
  readonly vector: Float64Array;
  readonly value: number;
}

type LinearMap = (vector: Float64Array) => Float64Array;

/** The largest dimension of a Krylov space. */
const dimension = 12;
const maxRestarts = 200;

/**
 * The eigenvector of the largest eigenvalue of a positive semidefinite matrix, by the Lanczos method,
 * restarted from its own result (Golub, Van Loan, Matrix Computations, chapter 10).
 */
function leadingEigenvector(length: number, multiply: LinearMap): Eigenpair {
  const random = seededRandom('eigenvector');
  let found: Eigenpair = { vector: Float64Array.from({ length }, () => random.normal()), value: 0 };
  for (let restart = 0; restart < maxRestarts; restart++) {
    const { basis, images } = krylovSpace(multiply, found.vector);
    const { vector, value } = byJacobi(basis.map((a) => project(images, a)));
    const [own, image] = [combined(basis, vector), combined(images, vector)];
    found = { vector: own, value };
    if (norm(image.map((v, i) => v - value * own[i]!)) <= 1e-14 * value) break;
  }
  return found;
}

/** An orthonormal basis of the space of `start` and its repeated products, and the basis's own products. */
function krylovSpace(multiply: LinearMap, start: Float64Array) {
  const [basis, images]: [Float64Array[], Float64Array[]] = [[], []];
  let next = start;
  while (basis.length < Math.min(dimension, start.length)) {
    const before = norm(next);
    // Twice, against rounding.
    for (const vector of [...basis, ...basis]) {
      const part = dot(next, vector);
      next = next.map((v, i) => v - part * vector[i]!);
    }
    const length = norm(next);
    if (length <= 1e-14 * before) break;
    const vector = next.map((v) => v / length);
    next = multiply(vector);
    basis.push(vector);
    images.push(next);
  }
  return { basis, images };
}

/** The eigenvector of the largest eigenvalue of a symmetric matrix, by the cyclic Jacobi method. */
function byJacobi(matrix: readonly Float64Array[]): Eigenpair {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice());
  const v = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)),
  );
  const scale = Math.max(...a.map((row, i) => row[i]!), Number.MIN_VALUE);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p]![q]!;
        off = Math.max(off, Math.abs(apq));
        if (Math.abs(apq) <= 1e-15 * scale) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        rotate(a, v, p, q, c, t * c);
      }
    }
    if (off <= 1e-13 * scale) break;
  }
  let best = 0;
  for (let i = 1; i < n; i++) if (a[i]![i]! > a[best]![best]!) best = i;
  return { vector: Float64Array.from(v, (row) => row[best]!), value: Math.max(0, a[best]![best]!) };
}

function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number, c: number, s: number) {
  for (const row of [...a, ...v]) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  const [rowP, rowQ] = [a[p]!, a[q]!];
  for (let k = 0; k < rowP.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));

function project(rows: readonly Float64Array[], vector: Float64Array): Float64Array {
  const along = new Float64Array(rows.length);
  for (let r = 0; r < along.length; r++) along[r] = dot(rows[r]!, vector);
  return along;
}

/** The sum of the rows, each times its weight. */
function combined(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(rows[0]!.length);
  for (const [r, row] of rows.entries()) {
    const weight = weights[r]!;
    for (let i = 0; i < sum.length; i++) sum[i]! += weight * row[i]!;
  }
  return sum;
}
