/**
 * A symmetric positive system over some pixels of a grid, each linked with its eight neighbours:
 * `diagonal[p] x[p] - sum(link x[q])`. Arrays have a border of zeros: pixel (y, x) is at
 * `(y + 1) * stride + x + 1`.
 */
export interface Stencil {
  readonly stride: number;
  /** The pixels of the system, in ascending order, at the start of an array; everywhere else all is 0. */
  readonly pixels: Int32Array;
  count: number;
  readonly diagonal: Float64Array;
  /** The links with the neighbours to the right and below. */
  readonly right: Float64Array;
  readonly below: Float64Array;
  readonly belowRight: Float64Array;
  readonly belowLeft: Float64Array;
}

/** A system with what a cycle needs, for several right-hand sides one after the other. */
interface Level extends Stencil {
  readonly height: number;
  readonly width: number;
  readonly inverse: Float64Array;
  /** The residual to be corrected, what is left of it after a sweep, and the correction. */
  readonly residual: Float64Array;
  readonly left: Float64Array;
  readonly x: Float64Array;
  /** Where each pixel is on the next finer grid, and the last one at or before it on the next coarser. */
  readonly finer: Int32Array;
  readonly coarser: Int32Array;
}

/** Memory for systems on a grid, and for their coarser forms. */
export interface Multigrid {
  readonly system: Stencil;
  /** The right-hand sides and the solutions, each like the system's arrays, one after the other. */
  readonly known: Float64Array;
  readonly solution: Float64Array;
  /** Clears the system for the next one. */
  clear(): void;
  /**
   * Solves the system until a step changes no value by more than `tolerance`: conjugate gradients,
   * preconditioned by one cycle of multigrid with Galerkin's coarse systems, whose cost grows in proportion
   * to the pixels.
   */
  solve(tolerance: number): void;
}

/** Far more than are needed: each leaves less than a fourth of the error. */
const MOST_STEPS = 100;

/** Makes the memory of systems on a grid, with so many right-hand sides. */
export function multigrid(height: number, width: number, sides: number): Multigrid {
  const levels = [level(height, width, sides)];
  for (let last = levels[0]!; Math.max(last.height, last.width) > 3; last = levels.at(-1)!)
    levels.push(level((last.height >> 1) + 1, (last.width >> 1) + 1, sides, last.stride));
  const [fine] = levels as [Level];
  const zeros = () => new Float64Array(fine.x.length);
  const [known, solution, direction, image] = [zeros(), zeros(), zeros(), zeros()];
  return {
    system: fine,
    known,
    solution,
    clear: () => clear(fine),
    solve(tolerance) {
      const used = prepared(levels);
      fine.residual.set(known);
      for (const vector of [solution, direction]) vector.fill(0);
      let energy = Infinity;
      for (let step = 0; step < MOST_STEPS; step++) {
        precondition(used, 0);
        const next = dot(fine, fine.residual, fine.x);
        if (!(next > 0)) return;
        follow(fine, direction, next / energy);
        energy = next;
        apply(fine, direction, image);
        const length = energy / dot(fine, direction, image);
        if (advance(fine, solution, direction, image, length) <= tolerance) return;
      }
    },
  };
}

/** A grid with a border on each side, and one more row and column that coarser grids reach into. */
function level(height: number, width: number, sides: number, finerStride = 0): Level {
  const stride = width + 3;
  const size = stride * (height + 3);
  const coarserStride = (width >> 1) + 4;
  const zeros = (times = 1) => new Float64Array(times * size);
  const places = (of: (y: number, x: number) => number) =>
    Int32Array.from({ length: size }, (_, p) => of(Math.floor(p / stride) - 1, (p % stride) - 1));
  return {
    ...{ height, width, stride, pixels: new Int32Array(height * width), count: 0 },
    ...{ diagonal: zeros(), right: zeros(), below: zeros(), belowRight: zeros(), belowLeft: zeros() },
    ...{ inverse: zeros(), residual: zeros(sides), left: zeros(sides), x: zeros(sides) },
    finer: places((y, x) => (2 * y + 1) * finerStride + 2 * x + 1),
    coarser: places((y, x) => ((y >> 1) + 1) * coarserStride + (x >> 1) + 1),
  };
}

function clear(system: Stencil): void {
  const { diagonal, right, below, belowRight, belowLeft } = system;
  for (const entries of [diagonal, right, below, belowRight, belowLeft]) entries.fill(0);
  system.count = 0;
}

/** Writes the coarser forms of the first level's system; returns the levels that a cycle visits. */
function prepared(levels: readonly Level[]): readonly Level[] {
  for (const [at, level] of levels.entries()) {
    if (at > 0) coarsen(levels[at - 1]!, level);
    const { pixels, count, inverse, diagonal, x, left } = level;
    for (let i = 0; i < count; i++) inverse[pixels[i]!] = 1 / diagonal[pixels[i]!]!;
    x.fill(0);
    left.fill(0);
    if (count <= COARSEST) return levels.slice(0, at + 1);
  }
  return levels;
}

/** So few pixels are solved by sweeps alone. */
const COARSEST = 16;
const SWEEPS = 8;

/** Writes the correction `x` of a level's residual: one symmetric V-cycle from 0. */
function precondition(levels: readonly Level[], at: number): void {
  const level = levels[at]!;
  const coarse = levels[at + 1];
  sweepFromZero(level);
  if (coarse) {
    leave(level);
    restrict(level, coarse);
    precondition(levels, at + 1);
    prolong(coarse, level);
  } else {
    for (let i = 0; i < SWEEPS; i++) {
      sweep(level, false);
      sweep(level, true);
    }
  }
  sweep(level, false);
}

/** One sweep of Gauss-Seidel from 0 in ascending order, where only earlier neighbours count. */
function sweepFromZero(level: Level): void {
  const { pixels, count, stride, inverse, right, below, belowRight, belowLeft, residual, x } = level;
  const size = inverse.length;
  for (let i = 0; i < count; i++) {
    const p = pixels[i]!;
    const w = right[p - 1]!;
    const nw = belowRight[p - stride - 1]!;
    const n = below[p - stride]!;
    const ne = belowLeft[p - stride + 1]!;
    const d = inverse[p]!;
    for (let at = p; at < x.length; at += size) {
      const above = at - stride;
      x[at] = d * (residual[at]! + nw * x[above - 1]! + n * x[above]! + ne * x[above + 1]! + w * x[at - 1]!);
    }
  }
}

/** Writes what is left of the residual after `sweepFromZero`: what the later neighbours bring. */
function leave(level: Level): void {
  const { pixels, count, stride, inverse, right, below, belowRight, belowLeft, left, x } = level;
  const size = inverse.length;
  for (let i = 0; i < count; i++) {
    const p = pixels[i]!;
    const e = right[p]!;
    const sw = belowLeft[p]!;
    const s = below[p]!;
    const se = belowRight[p]!;
    for (let at = p; at < x.length; at += size) {
      const under = at + stride;
      left[at] = e * x[at + 1]! + sw * x[under - 1]! + s * x[under]! + se * x[under + 1]!;
    }
  }
}

/** One sweep of Gauss-Seidel, in ascending or descending order. */
function sweep(level: Level, ascending: boolean): void {
  const { pixels, count, stride, inverse, right, below, belowRight, belowLeft, residual, x } = level;
  const size = inverse.length;
  for (let i = 0; i < count; i++) {
    const p = pixels[ascending ? i : count - 1 - i]!;
    const e = right[p]!;
    const sw = belowLeft[p]!;
    const s = below[p]!;
    const se = belowRight[p]!;
    const w = right[p - 1]!;
    const nw = belowRight[p - stride - 1]!;
    const n = below[p - stride]!;
    const ne = belowLeft[p - stride + 1]!;
    const d = inverse[p]!;
    for (let at = p; at < x.length; at += size) {
      const above = at - stride;
      const under = at + stride;
      const north = nw * x[above - 1]! + n * x[above]! + ne * x[above + 1]!;
      const south = sw * x[under - 1]! + s * x[under]! + se * x[under + 1]!;
      x[at] = d * (residual[at]! + north + w * x[at - 1]! + e * x[at + 1]! + south);
    }
  }
}

/** The system times `x`. */
function apply(level: Level, x: Float64Array, into: Float64Array): void {
  const { pixels, count, stride, diagonal, right, below, belowRight, belowLeft } = level;
  const size = diagonal.length;
  for (let i = 0; i < count; i++) {
    const p = pixels[i]!;
    const e = right[p]!;
    const sw = belowLeft[p]!;
    const s = below[p]!;
    const se = belowRight[p]!;
    const w = right[p - 1]!;
    const nw = belowRight[p - stride - 1]!;
    const n = below[p - stride]!;
    const ne = belowLeft[p - stride + 1]!;
    const d = diagonal[p]!;
    for (let at = p; at < x.length; at += size) {
      const above = at - stride;
      const under = at + stride;
      const north = nw * x[above - 1]! + n * x[above]! + ne * x[above + 1]!;
      const south = sw * x[under - 1]! + s * x[under]! + se * x[under + 1]!;
      into[at] = d * x[at]! - north - w * x[at - 1]! - e * x[at + 1]! - south;
    }
  }
}

/** The coarser system's residual: each of its pixels gathers by the weights of its interpolation. */
function restrict({ left, stride, diagonal }: Level, coarse: Level): void {
  const { pixels, count, finer, residual } = coarse;
  for (let i = 0; i < count; i++) {
    const p = pixels[i]!;
    for (let at = finer[p]!, to = p; to < residual.length; at += diagonal.length, to += finer.length) {
      const above = at - stride;
      const under = at + stride;
      residual[to] =
        left[at]! +
        0.5 * (left[at - 1]! + left[at + 1]! + left[above]! + left[under]!) +
        0.25 * (left[above - 1]! + left[above + 1]! + left[under - 1]! + left[under + 1]!);
    }
  }
}

/** Adds the coarser correction, interpolated linearly; every second pixel is one of the coarser grid. */
function prolong({ x: from, diagonal }: Level, fine: Level): void {
  const { pixels, count, stride, coarser, x } = fine;
  for (let i = 0; i < count; i++) {
    const p = pixels[i]!;
    const first = coarser[p]!;
    const [right, below] = [coarser[p + 1]! - first, coarser[p + stride]! - first];
    for (let at = first, to = p; to < x.length; at += diagonal.length, to += coarser.length)
      x[to]! += 0.25 * (from[at]! + from[at + right]! + from[at + below]! + from[at + right + below]!);
  }
}

/** The sum of products at the system's pixels. */
function dot({ pixels, count, diagonal }: Level, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < count; i++)
    for (let at = pixels[i]!; at < a.length; at += diagonal.length) sum += a[at]! * b[at]!;
  return sum;
}

/** The next direction: the correction, and a share of the last direction. */
function follow({ pixels, count, diagonal, x }: Level, direction: Float64Array, share: number): void {
  for (let i = 0; i < count; i++)
    for (let at = pixels[i]!; at < x.length; at += diagonal.length)
      direction[at] = x[at]! + share * direction[at]!;
}

/** Goes a length in a direction, whose image the residual loses; returns the greatest change of a value. */
function advance(
  { pixels, count, diagonal, residual }: Level,
  solution: Float64Array,
  direction: Float64Array,
  image: Float64Array,
  length: number,
): number {
  let most = 0;
  for (let i = 0; i < count; i++) {
    for (let at = pixels[i]!; at < solution.length; at += diagonal.length) {
      const change = length * direction[at]!;
      solution[at]! += change;
      residual[at]! -= length * image[at]!;
      most = Math.max(most, Math.abs(change));
    }
  }
  return most;
}

/**
 * Galerkin's system on every second pixel of every second row: P'AP, where P interpolates linearly between
 * them and is 0 outside the system.
 */
function coarsen(fine: Level, coarse: Level): void {
  const { height, width, stride, pixels, finer, diagonal, right, below, belowRight, belowLeft } = coarse;
  const entries = new Float64Array(5);
  coarse.count = 0;
  for (let y = 1; y <= height; y++) {
    for (let p = y * stride + 1; p <= y * stride + width; p++) {
      gather(fine, finer[p]!, entries);
      // Too little to hold a correction apart from those of its neighbours.
      if (entries[0]! > 1e-12) pixels[coarse.count++] = p;
      else entries.fill(0);
      diagonal[p] = entries[0]!;
      right[p] = -entries[1]!;
      belowLeft[p] = -entries[2]!;
      below[p] = -entries[3]!;
      belowRight[p] = -entries[4]!;
    }
  }
}

/** A coarse pixel's row of P'AP: its diagonal, then the entries right, below left, below and below right. */
function gather(fine: Level, centre: number, entries: Float64Array): void {
  const { stride, diagonal, right, below, belowRight, belowLeft } = fine;
  let [own, toRight, toBelowLeft, toBelow, toBelowRight] = [0, 0, 0, 0, 0];
  for (let j = -1; j <= 1; j++) {
    for (let i = -1; i <= 1; i++) {
      const p = centre + j * stride + i;
      const d = diagonal[p]!;
      if (d === 0) continue;
      const w = right[p - 1]!;
      const e = right[p]!;
      const nw = belowRight[p - stride - 1]!;
      const n = below[p - stride]!;
      const ne = belowLeft[p - stride + 1]!;
      const sw = belowLeft[p]!;
      const s = below[p]!;
      const se = belowRight[p]!;
      // What the coarse column interpolates to the columns before, at and after p, and those beside it to p.
      const before = (1 + i) / 2;
      const at = 1 - Math.abs(i) / 2;
      const after = (1 - i) / 2;
      const ahead = Math.max(0, i) / 2;
      const behind = Math.max(0, -i) / 2;
      // The same for rows.
      const last = (1 + j) / 2;
      const middle = 1 - Math.abs(j) / 2;
      const next = (1 - j) / 2;
      const lower = Math.max(0, j) / 2;
      const here = before * w - at * d + after * e;
      const under = before * sw + at * s + after * se;
      const hereAhead = before * e - ahead * d;
      const underAhead = before * se + ahead * s;
      const share = middle * at;
      own -= share * (last * (before * nw + at * n + after * ne) + middle * here + next * under);
      toRight -= share * (last * (ahead * n + before * ne) + middle * hereAhead + next * underAhead);
      toBelowLeft -= share * (lower * (after * w - behind * d) + last * (after * sw + behind * s));
      toBelow -= share * (lower * here + last * under);
      toBelowRight -= share * (lower * hereAhead + last * underAhead);
    }
  }
  entries[0] = own;
  entries[1] = toRight;
  entries[2] = toBelowLeft;
  entries[3] = toBelow;
  entries[4] = toBelowRight;
}
