/**
 * Projects `positions` x `channels` values on their first principal component; returns one number per
 * position. `at(position, channel)` reads a value. Chooses the sign for which the projection correlates
 * positively with the sum over channels. Finds the component as the leading eigenvector of the smaller Gram
 * matrix.
 */
export function firstComponent(
  positions: number,
  channels: number,
  at: (position: number, channel: number) => number,
): Float64Array {
  const means = Float64Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let p = 0; p < positions; p++) sum += at(p, c);
    return sum / positions;
  });
  const rows = Array.from({ length: positions }, (_, p) =>
    Float64Array.from({ length: channels }, (_, c) => at(p, c) - means[c]!),
  );
  const projection =
    positions <= channels
      ? scaledEigenvector(gram(rows))
      : project(rows, leadingEigenvector(gram(transposed(rows, channels))).vector);
  let agreement = 0;
  for (const [p, row] of rows.entries()) agreement += projection[p]! * row.reduce((a, b) => a + b, 0);
  return agreement < 0 ? projection.map((v) => -v) : projection;
}

const gram = (rows: readonly Float64Array[]) => rows.map((a) => Float64Array.from(rows, (b) => dot(a, b)));

const transposed = (rows: readonly Float64Array[], width: number) =>
  Array.from({ length: width }, (_, c) => Float64Array.from(rows, (row) => row[c]!));

const project = (rows: readonly Float64Array[], vector: Float64Array) =>
  Float64Array.from(rows, (row) => dot(row, vector));

function scaledEigenvector(matrix: readonly Float64Array[]): Float64Array {
  const { vector, value } = leadingEigenvector(matrix);
  return vector.map((v) => v * Math.sqrt(value));
}

/** The eigenvector of the largest eigenvalue of a symmetric matrix, by the cyclic Jacobi method. */
function leadingEigenvector(matrix: readonly Float64Array[]): { vector: Float64Array; value: number } {
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
