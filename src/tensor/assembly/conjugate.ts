import { Coarser } from './multigrid';
import { advance, bring, follow, leave, multiply, sweepBack, sweepFromZero } from './passes';
import { gather, marks, spread } from './planes';
import { DIAGONAL, DIRECT, put, System } from './system';

/** Far more than are needed. */
const MOST_STEPS = 100;
/** About the share of the error that the first step leaves; more where few pixels are kept. */
const LEFT: f64 = 0.04;
const LEFT_FOR_FEW: f64 = 0.004;

/** The weights of all neighbours of a pixel that has so many above and below it, and beside it. */
function neighbours(rows: f32, columns: f32): f32 {
  return DIRECT * (rows + columns) + DIAGONAL * rows * columns;
}

/**
 * The pixels that are missing in planes of one size: the system says that each times the weights of its
 * neighbours is the weighted sum of these. Four planes are solved at once.
 */
export class Holes {
  readonly system: System;
  private readonly coarser: Coarser;
  /** What the pixels that are there bring, and then what is left of it. */
  private readonly residual: usize;
  private readonly solution: usize;
  private direction: usize;
  private x: usize;
  private readonly left: usize;
  /** What the system makes of the direction. */
  private readonly image: usize;
  /** All pixels of the planes, and the same with 0 for those that are removed. */
  private readonly pixels: usize;
  private readonly kept: usize;

  constructor(height: i32, width: i32) {
    const system = new System(height, width, false);
    this.system = system;
    this.coarser = new Coarser(system);
    this.residual = system.vector();
    this.solution = system.vector();
    this.direction = system.inner();
    this.x = system.inner();
    this.left = system.inner();
    this.image = system.vector();
    this.pixels = system.vector();
    this.kept = system.vector();
  }

  /** Reads the planes that are filled from now on. */
  take(planes: usize): void {
    spread(this.system, planes, this.pixels);
    spread(this.system, planes, this.kept);
  }

  /** Writes the system of the pixels that are marked (1, bytes) as removed. */
  link(removed: usize): void {
    const system = this.system;
    const height = system.height;
    const width = system.width;
    for (let y = 0; y < height; y++) {
      const rows = f32(i32(y > 0) + i32(y + 1 < height));
      const first = (y + 1) * system.stride + 1;
      marks(removed, width, neighbours(rows, 2), system.diagonal + (usize(first) << 2));
      const edge = neighbours(rows, f32(i32(width > 1)));
      put(system.diagonal, first, f32(load<u8>(removed)) * edge);
      removed += width;
      put(system.diagonal, first + width - 1, f32(load<u8>(removed - 1)) * edge);
    }
    system.findRuns();
    this.coarser.prepare();
  }

  /**
   * Fills the removed pixels of so many planes of numbers, of which four were taken. Conjugate gradients go
   * on until the error is about `tolerance` (its root mean square), preconditioned by one cycle of multigrid
   * with Galerkin's coarse systems, whose cost grows in proportion to the pixels. Noise is added.
   */
  fill(planes: usize, noise: usize, count: i32, tolerance: f64): void {
    const system = this.system;
    system.clear(this.kept);
    bring(system, this.kept, this.residual);
    system.copy(this.pixels, this.kept);
    system.clear(this.solution);
    const length = this.solve(f64(count * system.pixels), tolerance);
    const direction = length === 0 ? this.solution : this.direction;
    gather(system, this.solution, direction, length, noise, planes, count);
  }

  /** Solves but for the last step; returns its length in the direction. */
  private solve(values: f64, tolerance: f64): f32 {
    const system = this.system;
    let energy: f64 = 0;
    let length: f32 = 0;
    let last: f64 = 0;
    const kept = system.height * system.width - system.pixels;
    const left = Math.max(LEFT, (LEFT_FOR_FEW * f64(system.pixels)) / f64(kept));
    for (let step = 0; step < MOST_STEPS; step++) {
      sweepFromZero(system, this.residual, this.x);
      leave(system, this.x, this.left);
      this.coarser.correct(this.left, this.x);
      const next = sweepBack(system, this.residual, this.x);
      if (!(next > 0)) return 0;
      if (step === 0) {
        const swapped = this.direction;
        this.direction = this.x;
        this.x = swapped;
      } else follow(system, this.direction, this.x, f32(next / energy));
      const products = multiply(system, this.direction, this.image);
      length = f32(next / f64x2.extract_lane(products, 0));
      const change = f64(Mathf.abs(length)) * Math.sqrt(f64x2.extract_lane(products, 1) / values);
      // What a step changes is about the error before it; each step leaves about the same share.
      if (change * (step === 0 ? left : Math.min(1, change / last)) <= tolerance) return length;
      advance(system, this.solution, this.residual, this.direction, this.image, length);
      energy = next;
      last = change;
    }
    return 0;
  }
}
