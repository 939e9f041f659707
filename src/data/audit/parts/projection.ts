/** A projective map: (x, y) goes to (m0 x + m1 y + m2, m3 x + m4 y + m5) / (m6 x + m7 y + 1). */
export type Projection = readonly number[];

export type Point = readonly [number, number];

export function projected(m: Projection, [x, y]: Point): Point {
  const under = m[6]! * x + m[7]! * y + m[8]!;
  return [(m[0]! * x + m[1]! * y + m[2]!) / under, (m[3]! * x + m[4]! * y + m[5]!) / under];
}

/** By how much lengths grow, as the square root of an area at the origin. */
export const scaleOf = (m: Projection): number => Math.sqrt(Math.abs(m[0]! * m[4]! - m[1]! * m[3]!));

/** The shift, turn and scale that take two points to two others. */
export function similarity([p, q]: readonly [Point, Point], [u, v]: readonly [Point, Point]): Projection {
  const [dx, dy] = [q[0] - p[0], q[1] - p[1]];
  const [du, dv] = [v[0] - u[0], v[1] - u[1]];
  const norm = dx * dx + dy * dy;
  const [c, s] = [(dx * du + dy * dv) / norm, (dx * dv - dy * du) / norm];
  return [c, -s, u[0] - c * p[0] + s * p[1], s, c, u[1] - s * p[0] - c * p[1], 0, 0, 1];
}

/** The affine (6 terms) or projective (8 terms) map with the least squares; `undefined` if none is fixed. */
export function fitted(from: readonly Point[], to: readonly Point[], terms: 6 | 8): Projection | undefined {
  const [a, b] = [centred(from), centred(to)];
  const sums = Array.from({ length: terms }, () => new Float64Array(terms + 1));
  for (const [i, [x, y]] of a.points.entries()) {
    const [u, v] = b.points[i]!;
    const rows = [
      [...[x, y, 1, 0, 0, 0, -x * u, -y * u].slice(0, terms), u],
      [...[0, 0, 0, x, y, 1, -x * v, -y * v].slice(0, terms), v],
    ];
    for (const row of rows) {
      for (let r = 0; r < terms; r++) for (let c = 0; c <= terms; c++) sums[r]![c]! += row[r]! * row[c]!;
    }
  }
  const solved = solve(sums);
  if (solved === undefined) return undefined;
  const map = [...solved, ...(terms === 6 ? [0, 0] : []), 1];
  const whole = product(uncentring(b), product(map, centring(a)));
  return whole.map((value) => value / whole[8]!);
}

/** The map the other way round. */
export function inverted(m: Projection): Projection {
  const [a, b, c, d, e, f, g, h, i] = m as unknown as Nine;
  const back = [
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return back.map((value) => value / back[8]!);
}

type Nine = readonly [number, number, number, number, number, number, number, number, number];

interface Centred {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Points about their mean, at a mean distance of 1. */
function centred(points: readonly Point[]): Centred & { readonly points: readonly Point[] } {
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [u, v]) => sum + Math.hypot(u - x, v - y), 0) / points.length;
  const scale = 1 / (spread || 1);
  return { x, y, scale, points: points.map(([u, v]) => [(u - x) * scale, (v - y) * scale]) };
}

const centring = ({ x, y, scale }: Centred) => [scale, 0, -scale * x, 0, scale, -scale * y, 0, 0, 1];
const uncentring = ({ x, y, scale }: Centred) => [1 / scale, 0, x, 0, 1 / scale, y, 0, 0, 1];

function product(p: Projection, q: Projection): Projection {
  return Array.from({ length: 9 }, (_, k) => {
    const [r, c] = [3 * Math.floor(k / 3), k % 3];
    return p[r]! * q[c]! + p[r + 1]! * q[3 + c]! + p[r + 2]! * q[6 + c]!;
  });
}

/** Solves linear equations, a row each with its right side last, by elimination. */
function solve(rows: readonly Float64Array[]): readonly number[] | undefined {
  const left = [...rows];
  for (let i = 0; i < left.length; i++) {
    const most = left.reduce(
      (best, row, r) => (r > i && Math.abs(row[i]!) > Math.abs(left[best]![i]!) ? r : best),
      i,
    );
    if (Math.abs(left[most]![i]!) < 1e-9) return undefined;
    [left[i], left[most]] = [left[most]!, left[i]!];
    for (const [r, row] of left.entries()) {
      if (r === i) continue;
      const factor = row[i]! / left[i]![i]!;
      for (let c = i; c <= left.length; c++) row[c]! -= factor * left[i]![c]!;
    }
  }
  return left.map((row, i) => row[left.length]! / row[i]!);
}
