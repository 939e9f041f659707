import { inputError } from '../base/errors.js';

/** Weights of a pixel's neighbours: direct neighbours weigh twice as much as diagonal ones. */
const neighbours = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].flatMap((dx) =>
    dy === 0 && dx === 0 ? [] : [{ dy, dx, weight: dy === 0 || dx === 0 ? 1 / 6 : 1 / 12 }],
  ),
);

/**
 * Fills the `removed` pixels (1) of one plane `[H, W]` with the weighted mean of their neighbours, so that no
 * edge shows which pixels were removed: Rong, Leemann, Borisov, Kasneci, Kasneci (2022), arXiv:2202.00449.
 * All pixels become 0 where all are removed.
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
  const links = {
    to: new Int32Array(8 * pixels.length).fill(-1),
    weight: new Float64Array(8 * pixels.length),
  };
  for (const [row, p] of pixels.entries()) {
    const [y, x] = [Math.floor(p / width), p % width];
    for (const [k, { dy, dx, weight }] of neighbours.entries()) {
      if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
      const q = p + dy * width + dx;
      total[row]! += weight;
      if (unknown[q] === -1) known[row]! += weight * plane[q]!;
      else [links.to[8 * row + k], links.weight[8 * row + k]] = [unknown[q]!, weight];
    }
  }
  const solution = solve(total, links, known);
  const out = Float32Array.from(plane);
  for (const [row, p] of pixels.entries()) out[p] = solution[row]!;
  return out;
}

/** The unknown neighbours of each unknown pixel, eight slots for each; -1 is an empty slot. */
interface Links {
  readonly to: Int32Array;
  readonly weight: Float64Array;
}

/** Solves `total[i] x[i] - sum(weight x[to]) = known[i]`, symmetric and positive, by conjugate gradients. */
function solve(total: Float64Array, { to, weight }: Links, known: Float64Array): Float64Array {
  const size = known.length;
  const x = new Float64Array(size);
  const residual = Float64Array.from(known);
  const direction = residual.map((r, i) => r / total[i]!);
  const image = new Float64Array(size);
  const scaled = new Float64Array(size);
  let energy = dot(residual, direction);
  const enough = 1e-16 * dot(known, known);
  for (let step = 0; step < 4 * size && dot(residual, residual) > enough; step++) {
    for (let i = 0; i < size; i++) {
      let sum = total[i]! * direction[i]!;
      for (let k = 8 * i; k < 8 * i + 8; k++) if (to[k] !== -1) sum -= weight[k]! * direction[to[k]!]!;
      image[i] = sum;
    }
    const length = energy / dot(direction, image);
    for (let i = 0; i < size; i++) {
      x[i]! += length * direction[i]!;
      residual[i]! -= length * image[i]!;
      scaled[i] = residual[i]! / total[i]!;
    }
    const next = dot(residual, scaled);
    for (let i = 0; i < size; i++) direction[i] = scaled[i]! + (next / energy) * direction[i]!;
    energy = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
