import { inputError } from '../base/errors.js';

/** What the neighbours of a pixel weigh: twice as much beside and above it as diagonally. */
const neighbours = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].flatMap((dx) =>
    dy === 0 && dx === 0 ? [] : [{ dy, dx, weight: dy === 0 || dx === 0 ? 1 / 6 : 1 / 12 }],
  ),
);

/**
 * Fills the `removed` pixels (1) of one plane `[H, W]` so that each is the weighted mean of its neighbours, which leaves
 * no edge that would tell which were removed: Rong, Leemann, Borisov, Kasneci, Kasneci (2022), arXiv:2202.00449. Where
 * all are removed, they become 0.
 */
export function imputeLinear(
  plane: Float32Array,
  height: number,
  width: number,
  removed: ArrayLike<number>,
): Float32Array {
  if (plane.length !== height * width || removed.length !== plane.length) {
    throw inputError(`${removed.length} marks and ${plane.length} pixels are no image of ${height}x${width}`);
  }
  const unknown = Int32Array.from(plane, () => -1);
  const pixels: number[] = [];
  for (let p = 0; p < plane.length; p++) if (removed[p] !== 0) unknown[p] = pixels.push(p) - 1;
  const known = new Float64Array(pixels.length);
  const total = new Float64Array(pixels.length);
  const links: [number, number, number][] = [];
  for (const [row, p] of pixels.entries()) {
    const [y, x] = [Math.floor(p / width), p % width];
    for (const { dy, dx, weight } of neighbours) {
      if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
      const q = p + dy * width + dx;
      total[row]! += weight;
      if (unknown[q] === -1) known[row]! += weight * plane[q]!;
      else links.push([row, unknown[q]!, weight]);
    }
  }
  const solution = solve(total, links, known);
  const out = Float32Array.from(plane);
  for (const [row, p] of pixels.entries()) out[p] = solution[row]!;
  return out;
}

/** Solves `total[i] x[i] - sum(weight x[j]) = known[i]`, symmetric and positive, by conjugate gradients. */
function solve(
  total: Float64Array,
  links: readonly (readonly [number, number, number])[],
  known: Float64Array,
): Float64Array {
  const x = new Float64Array(known.length);
  const residual = Float64Array.from(known);
  let direction = residual.map((r, i) => r / total[i]!);
  let energy = dot(residual, direction);
  const enough = 1e-20 * dot(known, known);
  for (let step = 0; step < 4 * known.length && dot(residual, residual) > enough; step++) {
    const image = direction.map((d, i) => total[i]! * d);
    for (const [i, j, weight] of links) image[i]! -= weight * direction[j]!;
    const length = energy / dot(direction, image);
    for (let i = 0; i < x.length; i++) {
      x[i]! += length * direction[i]!;
      residual[i]! -= length * image[i]!;
    }
    const scaled = residual.map((r, i) => r / total[i]!);
    const next = dot(residual, scaled);
    direction = scaled.map((s, i) => s + (next / energy) * direction[i]!);
    energy = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
