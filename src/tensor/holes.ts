import { coarserForms } from './multigrid.js';
import { findRuns, type Stencil, stencil } from './stencil.js';

/** Weights of a pixel's neighbours: direct neighbours weigh twice as much as diagonal ones. */
export const [DIRECT, DIAGONAL] = [2, 1];

/**
 * Memory for the pixels that are missing in planes of one size: the system says that each times the weights
 * of its neighbours is the weighted sum of these.
 */
export interface Holes {
  readonly system: Stencil;
  /** What the pixels that are there bring, and the missing ones, a plane after the other. */
  readonly known: Float64Array;
  readonly solution: Float64Array;
  /** Writes the system of the `removed` pixels (1) of a plane. */
  link(removed: ArrayLike<number>): void;
  /**
   * Solves it for `known`, which is lost, until the error that is left is about `tolerance` (its root mean
   * square): conjugate gradients, preconditioned by one cycle of multigrid with Galerkin's coarse systems,
   * whose cost grows in proportion to the pixels.
   */
  solve(tolerance: number): void;
}

/** Far more than are needed: each leaves less than a fourth of the error. */
const MOST_STEPS = 100;

export function holes(height: number, width: number, planes: number): Holes {
  const system = stencil(height, width);
  const coarser = coarserForms(system, planes);
  const { diagonal } = system;
  const inverse = new Float64Array(diagonal.length);
  const zeros = () => new Float64Array(planes * diagonal.length);
  const [residual, solution, direction] = [zeros(), zeros(), zeros()];
  const [image, x, left] = [zeros(), zeros(), zeros()];
  return {
    system,
    known: residual,
    solution,
    link(removed) {
      link(system, removed);
      for (let p = 0; p < inverse.length; p++) inverse[p] = 1 / diagonal[p]!;
      clear(residual, solution, direction, x, left);
      coarser.prepare();
    },
    solve(tolerance) {
      const values = planes * system.runs.pixels;
      let [energy, last] = [Infinity, 0];
      for (let step = 0; step < MOST_STEPS; step++) {
        sweepFromZero(system, inverse, residual, x);
        leave(system, x, left);
        coarser.correct(left, x);
        const next = sweepBack(system, inverse, residual, x);
        if (!(next > 0)) return;
        follow(system, direction, x, next / energy);
        energy = next;
        const length = energy / multiply(system, direction, image);
        const change = Math.sqrt(advance(system, { solution, residual, direction, image }, length) / values);
        // Each step leaves about the same share of the error.
        if (change * Math.min(1, change / last) <= tolerance) return;
        last = change;
      }
    },
  };
}

function clear(...vectors: readonly Float64Array[]): void {
  for (let i = 0; i < vectors.length; i++) vectors[i]!.fill(0);
}

/** Each removed pixel times the weights of its neighbours, less the removed ones among them. */
function link(system: Stencil, removed: ArrayLike<number>): void {
  const { height, width, stride, diagonal, right, below, belowRight, belowLeft } = system;
  for (let y = 0, p = 0; y < height; y++) {
    const rows = +(y > 0) + +(y + 1 < height);
    for (let x = 0; x < width; x++, p++) {
      const columns = +(x > 0) + +(x + 1 < width);
      diagonal[(y + 1) * stride + x + 1] =
        removed[p]! * (DIRECT * (rows + columns) + DIAGONAL * rows * columns);
    }
  }
  findRuns(system);
  clear(right, below, belowRight, belowLeft);
  const { starts, ends, count } = system.runs;
  for (let i = 0; i < count; i++) {
    for (let p = starts[i]!; p < ends[i]!; p++) {
      if (diagonal[p + 1]! > 0) right[p] = DIRECT;
      if (diagonal[p + stride]! > 0) below[p] = DIRECT;
      if (diagonal[p + stride + 1]! > 0) belowRight[p] = DIAGONAL;
      if (diagonal[p + stride - 1]! > 0) belowLeft[p] = DIAGONAL;
    }
  }
}

/** One sweep of Gauss-Seidel from 0 in ascending order, where only earlier neighbours count. */
function sweepFromZero(
  { runs, stride, diagonal }: Stencil,
  inverse: Float64Array,
  residual: Float64Array,
  x: Float64Array,
): void {
  for (let plane = 0; plane < x.length; plane += diagonal.length) {
    for (let i = 0; i < runs.count; i++) {
      const end = runs.ends[i]!;
      let p = runs.starts[i]!;
      let above = plane + p - stride;
      let northWest = x[above - 1]!;
      let north = x[above]!;
      let west = 0;
      for (; p < end; p++, above++) {
        const northEast = x[above + 1]!;
        const d = inverse[p]!;
        const others = residual[plane + p]! + DIRECT * north + DIAGONAL * (northWest + northEast);
        west = d * others + d * DIRECT * west;
        x[plane + p] = west;
        northWest = north;
        north = northEast;
      }
    }
  }
}

/** Writes what is left of the residual after `sweepFromZero`: what the later neighbours bring. */
function leave({ runs, stride, diagonal }: Stencil, x: Float64Array, left: Float64Array): void {
  for (let plane = 0; plane < x.length; plane += diagonal.length) {
    for (let i = 0; i < runs.count; i++) {
      const end = plane + runs.ends[i]!;
      let at = plane + runs.starts[i]!;
      let southWest = x[at + stride - 1]!;
      let south = x[at + stride]!;
      for (; at < end; at++) {
        const southEast = x[at + stride + 1]!;
        left[at] = DIRECT * (x[at + 1]! + south) + DIAGONAL * (southWest + southEast);
        southWest = south;
        south = southEast;
      }
    }
  }
}

/** One sweep of Gauss-Seidel in descending order; returns the product of the residual and `x`. */
function sweepBack(
  { runs, stride, diagonal }: Stencil,
  inverse: Float64Array,
  residual: Float64Array,
  x: Float64Array,
): number {
  let sum = 0;
  for (let plane = 0; plane < x.length; plane += diagonal.length) {
    for (let i = runs.count - 1; i >= 0; i--) {
      const start = runs.starts[i]!;
      let p = runs.ends[i]! - 1;
      let at = plane + p;
      let northEast = x[at - stride + 1]!;
      let north = x[at - stride]!;
      let southEast = x[at + stride + 1]!;
      let south = x[at + stride]!;
      let east = 0;
      for (; p >= start; p--, at--) {
        const northWest = x[at - stride - 1]!;
        const southWest = x[at + stride - 1]!;
        const d = inverse[p]!;
        const own = residual[at]!;
        const others =
          own +
          DIRECT * (north + south + x[at - 1]!) +
          DIAGONAL * (northWest + northEast + southWest + southEast);
        east = d * others + d * DIRECT * east;
        x[at] = east;
        sum += own * east;
        northEast = north;
        north = northWest;
        southEast = south;
        south = southWest;
      }
    }
  }
  return sum;
}

/** Writes the system times `x`; returns the product of both. */
function multiply({ runs, stride, diagonal }: Stencil, x: Float64Array, into: Float64Array): number {
  let sum = 0;
  for (let plane = 0; plane < x.length; plane += diagonal.length) {
    for (let i = 0; i < runs.count; i++) {
      const end = runs.ends[i]!;
      let p = runs.starts[i]!;
      let at = plane + p;
      let northWest = x[at - stride - 1]!;
      let north = x[at - stride]!;
      let southWest = x[at + stride - 1]!;
      let south = x[at + stride]!;
      let west = 0;
      let own = x[at]!;
      for (; p < end; p++, at++) {
        const northEast = x[at - stride + 1]!;
        const southEast = x[at + stride + 1]!;
        const east = x[at + 1]!;
        const found =
          diagonal[p]! * own -
          DIRECT * (north + south + west + east) -
          DIAGONAL * (northWest + northEast + southWest + southEast);
        into[at] = found;
        sum += own * found;
        northWest = north;
        north = northEast;
        southWest = south;
        south = southEast;
        west = own;
        own = east;
      }
    }
  }
  return sum;
}

/** The next direction: the correction, and a share of the last direction. */
function follow({ runs, diagonal }: Stencil, direction: Float64Array, x: Float64Array, share: number): void {
  for (let plane = 0; plane < x.length; plane += diagonal.length)
    for (let i = 0; i < runs.count; i++)
      for (let at = plane + runs.starts[i]!, end = plane + runs.ends[i]!; at < end; at++)
        direction[at] = x[at]! + share * direction[at]!;
}

/** Goes a length in a direction, whose image the residual loses; returns the sum of the squared changes. */
function advance(
  { runs, diagonal }: Stencil,
  {
    solution,
    residual,
    direction,
    image,
  }: Readonly<Record<'solution' | 'residual' | 'direction' | 'image', Float64Array>>,
  length: number,
): number {
  let sum = 0;
  for (let plane = 0; plane < solution.length; plane += diagonal.length) {
    for (let i = 0; i < runs.count; i++) {
      for (let at = plane + runs.starts[i]!, end = plane + runs.ends[i]!; at < end; at++) {
        const change = length * direction[at]!;
        solution[at]! += change;
        residual[at]! -= length * image[at]!;
        sum += change * change;
      }
    }
  }
  return sum;
}
