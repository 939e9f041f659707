import { coarsen } from './galerkin';
import { place, System, weight } from './system';
import { add, half, sub } from './vectors';

/** So few pixels are solved by sweeps alone. */
const COARSEST = 16;
const SWEEPS = 2;

/** A coarser form of a system, with what a cycle needs. */
class Level {
  readonly system: System;
  /** The finer system on every second column. */
  readonly narrow: System;
  /** The residual to be corrected, what is left of it after a sweep, and the correction. */
  readonly residual: usize;
  readonly left: usize;
  readonly x: usize;

  constructor(finer: System) {
    const system = new System((finer.height >> 1) + 1, (finer.width >> 1) + 1);
    this.system = system;
    this.narrow = new System(finer.height, system.width);
    this.residual = system.vector();
    this.left = system.inner();
    this.x = system.inner();
  }
}

/** The coarser forms of a system, which correct what varies slowly. */
export class Coarser {
  private readonly levels: Array<Level> = [];
  private used: i32 = 0;

  constructor(private readonly system: System) {
    let last = system;
    while (max(last.height, last.width) > 3) {
      const level = new Level(last);
      this.levels.push(level);
      last = level.system;
    }
  }

  /** Writes them for the system as it is now. */
  prepare(): void {
    let finer = this.system;
    this.used = 0;
    while (this.used < this.levels.length) {
      const level = unchecked(this.levels[this.used++]);
      coarsen(finer, level.narrow, level.system);
      finer = level.system;
      if (finer.pixels <= COARSEST) return;
    }
  }

  /** Adds to `x` the correction of what is left of a residual. */
  correct(left: usize, x: usize): void {
    if (this.used > 0) this.correctBy(0, this.system, left, x);
  }

  private correctBy(at: i32, finer: System, left: usize, x: usize): void {
    const level = unchecked(this.levels[at]);
    restrict(left, finer, level);
    this.cycle(at);
    prolong(level, finer, x);
  }

  /**
   * Writes the correction `x` of a level's residual: one symmetric W-cycle from 0. The first level, whose
   * pixels cost most, is corrected once.
   */
  private cycle(at: i32): void {
    const level = unchecked(this.levels[at]);
    sweepFromZero(level);
    if (at + 1 < this.used) {
      leave(level);
      this.correctBy(at + 1, level.system, level.left, level.x);
      if (at > 0) {
        sweepBack(level);
        sweep(level);
        leaveAll(level);
        this.correctBy(at + 1, level.system, level.left, level.x);
      }
    } else {
      for (let i = 0; i < SWEEPS; i++) {
        sweepBack(level);
        sweep(level);
      }
    }
    sweepBack(level);
  }
}

/** One sweep of Gauss-Seidel from 0 in ascending order, where only earlier neighbours count. */
function sweepFromZero(level: Level): void {
  const system = level.system;
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    let west = f32x4.splat(0);
    for (let p = system.start(i); p < end; p++) {
      const others = add(v128.load(place(level.residual, p)), above(system, level.x, p));
      west = solved(system, p, others, weight(system.right, p - 1), west);
      v128.store(place(level.x, p), west);
    }
  }
}

/** Writes what is left of the residual after `sweepFromZero`: what the later neighbours bring. */
function leave(level: Level): void {
  const system = level.system;
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    for (let p = system.start(i); p < end; p++) {
      const east = f32x4.mul(weight(system.right, p), v128.load(place(level.x, p), 16));
      v128.store(place(level.left, p), add(under(system, level.x, p), east));
    }
  }
}

/** Writes what is left of the residual. */
function leaveAll(level: Level): void {
  const system = level.system;
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    for (let p = system.start(i); p < end; p++) {
      const at = place(level.x, p);
      const west = f32x4.mul(weight(system.right, p - 1), v128.load(at - 16));
      const east = f32x4.mul(weight(system.right, p), v128.load(at, 16));
      const rows = add(above(system, level.x, p), under(system, level.x, p));
      const others = add(add(v128.load(place(level.residual, p)), add(west, east)), rows);
      const own = f32x4.mul(weight(system.diagonal, p), v128.load(at));
      v128.store(place(level.left, p), sub(others, own));
    }
  }
}

/** One sweep of Gauss-Seidel in ascending order. */
function sweep(level: Level): void {
  const system = level.system;
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    let west = f32x4.splat(0);
    for (let p = system.start(i); p < end; p++) {
      const at = place(level.x, p);
      const east = f32x4.mul(weight(system.right, p), v128.load(at, 16));
      const rows = add(above(system, level.x, p), under(system, level.x, p));
      const others = add(add(v128.load(place(level.residual, p)), east), rows);
      west = solved(system, p, others, weight(system.right, p - 1), west);
      v128.store(at, west);
    }
  }
}

/** One sweep of Gauss-Seidel in descending order. */
function sweepBack(level: Level): void {
  const system = level.system;
  for (let i = system.count - 1; i >= 0; i--) {
    const start = system.start(i);
    let east = f32x4.splat(0);
    for (let p = system.end(i) - 1; p >= start; p--) {
      const at = place(level.x, p);
      const west = f32x4.mul(weight(system.right, p - 1), v128.load(at - 16));
      const rows = add(above(system, level.x, p), under(system, level.x, p));
      const others = add(add(v128.load(place(level.residual, p)), west), rows);
      east = solved(system, p, others, weight(system.right, p), east);
      v128.store(at, east);
    }
  }
}

/** A pixel by its equation; the last one of the row comes last, as the next pixel waits for no more. */
function solved(system: System, p: i32, others: v128, link: v128, last: v128): v128 {
  const inverse = weight(system.inverse, p);
  return add(f32x4.mul(inverse, others), f32x4.mul(f32x4.mul(inverse, link), last));
}

/** What the neighbours above bring to a pixel. */
function above(system: System, x: usize, p: i32): v128 {
  const before = p - system.stride;
  const at = place(x, before);
  const west = f32x4.mul(weight(system.belowRight, before - 1), v128.load(at - 16));
  const own = f32x4.mul(weight(system.below, before), v128.load(at));
  const east = f32x4.mul(weight(system.belowLeft, before + 1), v128.load(at, 16));
  return add(add(west, own), east);
}

/** What the neighbours below bring to a pixel. */
function under(system: System, x: usize, p: i32): v128 {
  const at = place(x, p + system.stride);
  const west = f32x4.mul(weight(system.belowLeft, p), v128.load(at - 16));
  const own = f32x4.mul(weight(system.below, p), v128.load(at));
  const east = f32x4.mul(weight(system.belowRight, p), v128.load(at, 16));
  return add(add(west, own), east);
}

/** The coarser system's residual: each of its pixels gathers by the weights of its interpolation. */
function restrict(left: usize, finer: System, coarse: Level): void {
  const system = coarse.system;
  const row = usize(finer.stride) << 4;
  for (let i = 0; i < system.count; i++) {
    const start = system.start(i);
    const end = system.end(i);
    const y = start / system.stride - 1;
    let at = place(left, (2 * y + 1) * finer.stride + 2 * ((start % system.stride) - 1) + 1);
    let before = column(at - 16, row);
    for (let p = start; p < end; p++) {
      const own = column(at, row);
      const after = column(at + 16, row);
      v128.store(place(coarse.residual, p), add(own, half(add(before, after))));
      before = after;
      at += 32;
    }
  }
}

function column(at: usize, row: usize): v128 {
  return add(v128.load(at), half(add(v128.load(at - row), v128.load(at + row))));
}

/** Adds the coarser correction, interpolated linearly; every second pixel is one of the coarser grid. */
function prolong(coarse: Level, fine: System, x: usize): void {
  const stride = coarse.system.stride;
  for (let i = 0; i < fine.count; i++) {
    const start = fine.start(i);
    const end = place(x, fine.end(i));
    const y = start / fine.stride - 1;
    const first = (start % fine.stride) - 1;
    const under = usize((y & 1) * stride) << 4;
    let from = place(coarse.x, ((y >> 1) + 1) * stride + 1 + (first >> 1));
    let west = half(add(v128.load(from), v128.load(from + under)));
    let at = place(x, start);
    const between = (first & 1) === 1;
    if (!between) {
      v128.store(at, add(v128.load(at), west));
      at += 16;
    }
    for (; at < end; at += 32) {
      from += 16;
      const east = half(add(v128.load(from), v128.load(from + under)));
      v128.store(at, add(v128.load(at), half(add(west, east))));
      if (at + 16 < end) v128.store(at, add(v128.load(at, 16), east), 16);
      west = east;
    }
  }
}
