import { Coarser } from './multigrid';
import {
  advance,
  bring,
  DIAGONAL,
  DIRECT,
  follow,
  leave,
  multiply,
  sweepBack,
  sweepFromZero,
} from './passes';
import { gather, spread } from './planes';
import { put, System } from './system';
import { there } from './vectors';

/** Far more than are needed: each leaves less than a fourth of the error. */
const MOST_STEPS = 100;
/** The share of the error that the first step leaves, or less. */
const FIRST: f64 = 0.2;

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
  private readonly image: usize;

  constructor(height: i32, width: i32) {
    const system = new System(height, width);
    this.system = system;
    this.coarser = new Coarser(system);
    this.residual = system.vector();
    this.solution = system.vector();
    this.direction = system.vector();
    this.x = system.vector();
    this.left = system.vector();
    this.image = system.vector();
  }

  /** Writes the system of the pixels that are marked (1, bytes) as removed. */
  link(removed: usize): void {
    const system = this.system;
    const height = system.height;
    const width = system.width;
    system.clear(this.direction);
    system.clear(this.x);
    system.clear(this.left);
    for (let y = 0; y < height; y++) {
      const rows = f32(i32(y > 0) + i32(y + 1 < height));
      let p = (y + 1) * system.stride + 1;
      for (let x = 0; x < width; x++, p++, removed++) {
        const columns = f32(i32(x > 0) + i32(x + 1 < width));
        put(
          system.diagonal,
          p,
          f32(load<u8>(removed)) * (DIRECT * (rows + columns) + DIAGONAL * rows * columns),
        );
      }
    }
    system.findRuns();
    const row = usize(system.stride) << 2;
    const direct = f32x4.splat(DIRECT);
    const diagonal = f32x4.splat(DIAGONAL);
    for (let at = row; at < usize(height + 1) * row; at += 16) {
      const own = there(system.diagonal + at);
      const link = v128.and(own, direct);
      const aslant = v128.and(own, diagonal);
      v128.store(system.right + at, v128.and(link, there(system.diagonal + at + 4)));
      v128.store(system.below + at, v128.and(link, there(system.diagonal + at + row)));
      v128.store(system.belowRight + at, v128.and(aslant, there(system.diagonal + at + row + 4)));
      v128.store(system.belowLeft + at, v128.and(aslant, there(system.diagonal + at + row - 4)));
    }
    this.coarser.prepare();
  }

  /**
   * Fills the removed pixels of so many planes of numbers; the others of four are 0. Conjugate gradients go
   * on until the error is about `tolerance` (its root mean square), preconditioned by one cycle of multigrid
   * with Galerkin's coarse systems, whose cost grows in proportion to the pixels. Noise is added.
   */
  fill(planes: usize, noise: usize, count: i32, tolerance: f64): void {
    const system = this.system;
    spread(system, planes, this.image);
    bring(system, this.image, this.residual);
    system.clear(this.solution);
    this.solve(f64(count * system.pixels), tolerance);
    gather(system, this.solution, noise, planes, count);
  }

  private solve(values: f64, tolerance: f64): void {
    const system = this.system;
    let energy = Infinity;
    let last: f64 = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      sweepFromZero(system, this.residual, this.x);
      leave(system, this.x, this.left);
      this.coarser.correct(this.left, this.x);
      const next = sweepBack(system, this.residual, this.x);
      if (!(next > 0)) return;
      if (step === 0) {
        const swapped = this.direction;
        this.direction = this.x;
        this.x = swapped;
      } else follow(system, this.direction, this.x, f32(next / energy));
      energy = next;
      const length = energy / multiply(system, this.direction, this.image);
      const squares = advance(system, this.solution, this.residual, this.direction, this.image, f32(length));
      const change = Math.sqrt(squares / values);
      // What a step changes is about the error before it; each step leaves about the same share.
      if (change * (step === 0 ? FIRST : Math.min(1, change / last)) <= tolerance) return;
      last = change;
    }
  }
}
