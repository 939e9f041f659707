import { findRuns, type Stencil, stencil } from './stencil.js';

/** A coarser form of a system with what a cycle needs, for several right-hand sides one after the other. */
interface Level {
  readonly system: Stencil;
  readonly inverse: Float64Array;
  /** The residual to be corrected, what is left of it after a sweep, and the correction. */
  readonly residual: Float64Array;
  readonly left: Float64Array;
  readonly x: Float64Array;
  /** The finer system on every second column. */
  readonly narrow: Stencil;
}

/** The coarser forms of a system, which correct what varies slowly. */
export interface Coarser {
  /** Writes them for the system as it is now. */
  prepare(): void;
  /** Adds to `x` the correction of what is left of a residual. */
  correct(left: Float64Array, x: Float64Array): void;
}

/** So few pixels are solved by sweeps alone. */
const COARSEST = 16;
const SWEEPS = 8;

/** Makes the memory of a system's coarser forms, with so many right-hand sides one after the other. */
export function coarserForms(system: Stencil, sides: number): Coarser {
  const levels: Level[] = [];
  for (let last = system; Math.max(last.height, last.width) > 3; last = levels.at(-1)!.system)
    levels.push(level(last, sides));
  let used: readonly Level[] = [];
  return {
    prepare() {
      const last = levels.findIndex((coarse, at) => {
        coarsen(levels[at - 1]?.system ?? system, coarse);
        return coarse.system.runs.pixels <= COARSEST;
      });
      used = last < 0 ? levels : levels.slice(0, last + 1);
    },
    correct(left, x) {
      const [first] = used;
      if (!first) return;
      restrict(left, system, first);
      cycle(used, 0);
      prolong(first, system, x);
    },
  };
}

function level(finer: Stencil, sides: number): Level {
  const system = stencil((finer.height >> 1) + 1, (finer.width >> 1) + 1);
  const zeros = (times: number) => new Float64Array(times * system.diagonal.length);
  return {
    system,
    inverse: zeros(1),
    residual: zeros(sides),
    left: zeros(sides),
    x: zeros(sides),
    narrow: stencil(finer.height, system.width),
  };
}

/** Writes the correction `x` of a level's residual: one symmetric V-cycle from 0. */
function cycle(levels: readonly Level[], at: number): void {
  const level = levels[at]!;
  const coarse = levels[at + 1];
  sweepFromZero(level);
  if (coarse) {
    leave(level);
    restrict(level.left, level.system, coarse);
    cycle(levels, at + 1);
    prolong(coarse, level.system, level.x);
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
  const { inverse, residual, x } = level;
  const { runs, stride, right, below, belowRight, belowLeft } = level.system;
  const size = inverse.length;
  for (let i = 0; i < runs.count; i++) {
    const end = runs.ends[i]!;
    for (let p = runs.starts[i]!; p < end; p++) {
      const w = right[p - 1]!;
      const nw = belowRight[p - stride - 1]!;
      const n = below[p - stride]!;
      const ne = belowLeft[p - stride + 1]!;
      const d = inverse[p]!;
      for (let at = p; at < x.length; at += size) {
        const above = at - stride;
        x[at] =
          d * (residual[at]! + nw * x[above - 1]! + n * x[above]! + ne * x[above + 1]! + w * x[at - 1]!);
      }
    }
  }
}

/** Writes what is left of the residual after `sweepFromZero`: what the later neighbours bring. */
function leave(level: Level): void {
  const { inverse, left, x } = level;
  const { runs, stride, right, below, belowRight, belowLeft } = level.system;
  const size = inverse.length;
  for (let i = 0; i < runs.count; i++) {
    const end = runs.ends[i]!;
    for (let p = runs.starts[i]!; p < end; p++) {
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
}

/** One sweep of Gauss-Seidel, in ascending or descending order. */
function sweep(level: Level, ascending: boolean): void {
  const { inverse, residual, x } = level;
  const { runs, stride, right, below, belowRight, belowLeft } = level.system;
  const size = inverse.length;
  for (let k = 0; k < runs.count; k++) {
    const i = ascending ? k : runs.count - 1 - k;
    const [start, end] = [runs.starts[i]!, runs.ends[i]!];
    for (let j = start; j < end; j++) {
      const p = ascending ? j : start + end - 1 - j;
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
}

/** The coarser system's residual: each of its pixels gathers by the weights of its interpolation. */
function restrict(left: Float64Array, { stride, diagonal }: Stencil, coarse: Level): void {
  const { system, residual } = coarse;
  const { runs } = system;
  for (let shift = 0, to = 0; shift < left.length; shift += diagonal.length, to += system.diagonal.length) {
    for (let i = 0; i < runs.count; i++) {
      const [start, end] = [runs.starts[i]!, runs.ends[i]!];
      let at = shift + finer(start, system.stride, stride);
      let before = left[at - 1]! + 0.5 * (left[at - stride - 1]! + left[at + stride - 1]!);
      for (let p = to + start; p < to + end; p++, at += 2) {
        const own = left[at]! + 0.5 * (left[at - stride]! + left[at + stride]!);
        const after = left[at + 1]! + 0.5 * (left[at - stride + 1]! + left[at + stride + 1]!);
        residual[p] = own + 0.5 * (before + after);
        before = after;
      }
    }
  }
}

/** Where a pixel of the coarser grid is on the finer one. */
const finer = (p: number, stride: number, finerStride: number) =>
  (2 * (Math.floor(p / stride) - 1) + 1) * finerStride + 2 * ((p % stride) - 1) + 1;

/** Adds the coarser correction, interpolated linearly; every second pixel is one of the coarser grid. */
function prolong({ x: from, system }: Level, fine: Stencil, x: Float64Array): void {
  const { stride, runs } = fine;
  for (
    let shift = 0, to = 0;
    shift < from.length;
    shift += system.diagonal.length, to += fine.diagonal.length
  ) {
    for (let i = 0; i < runs.count; i++) {
      const [start, end] = [runs.starts[i]!, runs.ends[i]!];
      const y = Math.floor(start / stride) - 1;
      const row = shift + ((y >> 1) + 1) * system.stride + 1;
      const under = (y & 1) * system.stride;
      const first = (start % stride) - 1;
      let at = row + (first >> 1);
      let west = from[at]!;
      let south = from[at + under]!;
      for (let p = start, between = (first & 1) === 1; p < end; p++, between = !between) {
        if (between) {
          at++;
          const east = from[at]!;
          const southEast = from[at + under]!;
          x[to + p]! += 0.25 * (west + east + south + southEast);
          west = east;
          south = southEast;
        } else x[to + p]! += 0.5 * (west + south);
      }
    }
  }
}

/**
 * Galerkin's system on every second pixel of every second row: P'AP, where P interpolates linearly between
 * them and is 0 outside the system; first along the rows, then along the columns.
 */
function coarsen(fine: Stencil, coarse: Level): void {
  const { narrow, system, inverse, x, left } = coarse;
  alongRows(fine, narrow);
  alongColumns(narrow, system);
  findRuns(system);
  for (let p = 0; p < inverse.length; p++) inverse[p] = 1 / system.diagonal[p]!;
  x.fill(0);
  left.fill(0);
}

/** The system on every second column. */
function alongRows(fine: Stencil, narrow: Stencil): void {
  const { diagonal: d, right: e, below: s, belowRight: se, belowLeft: sw } = fine;
  const { diagonal, right, below, belowRight, belowLeft } = narrow;
  for (let y = 1; y <= narrow.height; y++) {
    for (let x = 1; x <= narrow.width; x++) {
      const p = y * narrow.stride + x;
      const at = y * fine.stride + 2 * x - 1;
      const [before, after] = [at - 1, at + 1];
      diagonal[p] = d[at]! + 0.25 * (d[before]! + d[after]!) - e[before]! - e[at]!;
      right[p] = 0.5 * (e[at]! + e[after]!) - 0.25 * d[after]!;
      below[p] =
        s[at]! + 0.25 * (s[before]! + s[after]!) + 0.5 * (se[before]! + se[at]! + sw[at]! + sw[after]!);
      belowRight[p] = 0.5 * (se[at]! + se[after]!) + 0.25 * s[after]!;
      belowLeft[p] = 0.5 * (sw[at]! + sw[before]!) + 0.25 * s[before]!;
    }
  }
}

/**
 * The system on every second row: the same with rows for columns, but that a link below left is then one
 * above right.
 */
function alongColumns(fine: Stencil, coarse: Stencil): void {
  const { stride, diagonal: d, right: e, below: s, belowRight: se, belowLeft: sw } = fine;
  const { diagonal, right, below, belowRight, belowLeft } = coarse;
  for (let y = 1; y <= coarse.height; y++) {
    for (let x = 1; x <= coarse.width; x++) {
      const p = y * coarse.stride + x;
      const at = (2 * y - 1) * stride + x;
      const [before, after] = [at - stride, at + stride];
      const own = d[at]! + 0.25 * (d[before]! + d[after]!) - s[before]! - s[at]!;
      // Too little to hold a correction apart from those of its neighbours.
      diagonal[p] = own > TOO_LITTLE ? own : 0;
      below[p] = 0.5 * (s[at]! + s[after]!) - 0.25 * d[after]!;
      right[p] =
        e[at]! +
        0.25 * (e[before]! + e[after]!) +
        0.5 * (se[before]! + se[at]! + sw[before + 1]! + sw[at + 1]!);
      belowRight[p] = 0.5 * (se[at]! + se[after]!) + 0.25 * e[after]!;
      belowLeft[p] = 0.5 * (sw[at]! + sw[after]!) + 0.25 * e[after - 1]!;
    }
  }
}

const TOO_LITTLE = 1e-9;
