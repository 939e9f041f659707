import { Coarser } from './multigrid';
import { place, put, System, weight } from './system';

/** Weights of a pixel's neighbours: direct neighbours weigh twice as much as diagonal ones. */
const DIRECT: f32 = 2;
const DIAGONAL: f32 = 1;

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

/** All bits where a number is positive. */
function there(at: usize): v128 {
  return f32x4.gt(v128.load(at), f32x4.splat(0));
}

function twice(a: v128): v128 {
  return f32x4.add(a, a);
}

function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

function sum(a: v128): f64 {
  return (
    f64(f32x4.extract_lane(a, 0)) +
    f64(f32x4.extract_lane(a, 1)) +
    f64(f32x4.extract_lane(a, 2)) +
    f64(f32x4.extract_lane(a, 3))
  );
}

/** Writes four planes as a vector: 0 for removed pixels. */
function spread(system: System, planes: usize, vector: usize): void {
  const area = usize(system.height * system.width) << 2;
  const whole = system.width & ~3;
  let from = planes;
  for (let y = 1; y <= system.height; y++) {
    let to = place(vector, y * system.stride + 1);
    for (let x = 0; x < whole; x += 4, from += 16, to += 64) {
      const a = v128.load(from);
      const b = v128.load(from + area);
      const c = v128.load(from + 2 * area);
      const d = v128.load(from + 3 * area);
      const abFirst = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const abLast = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cdFirst = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cdLast = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(abFirst, cdFirst, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(abFirst, cdFirst, 2, 3, 6, 7), 16);
      v128.store(to, v128.shuffle<f32>(abLast, cdLast, 0, 1, 4, 5), 32);
      v128.store(to, v128.shuffle<f32>(abLast, cdLast, 2, 3, 6, 7), 48);
    }
    for (let x = whole; x < system.width; x++, from += 4, to += 16)
      for (let c: usize = 0; c < 4; c++) store<f32>(to + (c << 2), load<f32>(from + c * area));
  }
  system.clear(vector);
}

/** Writes a vector and noise over the removed pixels of planes. */
function gather(system: System, vector: usize, noise: usize, planes: usize, count: i32): void {
  const area = usize(system.height * system.width) << 2;
  for (let i = 0; i < system.count; i++) {
    const start = system.start(i);
    const end = place(vector, system.end(i));
    const y = start / system.stride - 1;
    const first = usize(y * system.width + (start % system.stride) - 1) << 2;
    for (let c = 0; c < count; c++) {
      let to = first + usize(c) * area;
      for (let at = place(vector, start) + (usize(c) << 2); at < end; at += 16, to += 4)
        store<f32>(planes + to, load<f32>(at) + load<f32>(noise + to));
    }
  }
}

/** Writes what the pixels that are there bring to each removed one. */
function bring(system: System, there: usize, into: usize): void {
  const row = usize(system.stride) << 4;
  for (let i = 0; i < system.count; i++) {
    const end = place(there, system.end(i));
    let to = place(into, system.start(i));
    for (let at = place(there, system.start(i)); at < end; at += 16, to += 16) {
      const above = at - row - 16;
      const under = at + row - 16;
      const direct = add(
        add(v128.load(at - 16), v128.load(at, 16)),
        add(v128.load(above, 16), v128.load(under, 16)),
      );
      const diagonal = add(
        add(v128.load(above), v128.load(above, 32)),
        add(v128.load(under), v128.load(under, 32)),
      );
      v128.store(to, add(twice(direct), diagonal));
    }
  }
}

/** One sweep of Gauss-Seidel from 0 in ascending order, where only earlier neighbours count. */
function sweepFromZero(system: System, residual: usize, x: usize): void {
  const row = usize(system.stride) << 4;
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    let p = system.start(i);
    let at = place(x, p);
    let from = place(residual, p);
    let northWest = v128.load(at - row - 16);
    let north = v128.load(at - row);
    let west = f32x4.splat(0);
    for (; p < end; p++, at += 16, from += 16) {
      const northEast = v128.load(at - row, 16);
      const d = weight(system.inverse, p);
      const others = add(add(v128.load(from), twice(north)), add(northWest, northEast));
      west = add(f32x4.mul(d, others), f32x4.mul(twice(d), west));
      v128.store(at, west);
      northWest = north;
      north = northEast;
    }
  }
}

/** Writes what is left of the residual after `sweepFromZero`: what the later neighbours bring. */
function leave(system: System, x: usize, left: usize): void {
  const row = usize(system.stride) << 4;
  for (let i = 0; i < system.count; i++) {
    const end = place(x, system.end(i));
    let to = place(left, system.start(i));
    for (let at = place(x, system.start(i)); at < end; at += 16, to += 16) {
      const under = at + row;
      const direct = add(v128.load(at, 16), v128.load(under));
      v128.store(to, add(twice(direct), add(v128.load(under - 16), v128.load(under, 16))));
    }
  }
}

/** One sweep of Gauss-Seidel in descending order; returns the product of the residual and `x`. */
function sweepBack(system: System, residual: usize, x: usize): f64 {
  const row = usize(system.stride) << 4;
  let total: f64 = 0;
  for (let i = system.count - 1; i >= 0; i--) {
    const start = system.start(i);
    let p = system.end(i) - 1;
    let at = place(x, p);
    let from = place(residual, p);
    let east = f32x4.splat(0);
    let products = f32x4.splat(0);
    for (; p >= start; p--, at -= 16, from -= 16) {
      const above = at - row - 16;
      const under = at + row - 16;
      const d = weight(system.inverse, p);
      const own = v128.load(from);
      const direct = add(v128.load(at - 16), add(v128.load(above, 16), v128.load(under, 16)));
      const diagonal = add(
        add(v128.load(above), v128.load(above, 32)),
        add(v128.load(under), v128.load(under, 32)),
      );
      east = add(f32x4.mul(d, add(own, add(twice(direct), diagonal))), f32x4.mul(twice(d), east));
      v128.store(at, east);
      products = add(products, f32x4.mul(own, east));
    }
    total += sum(products);
  }
  return total;
}

/**
 * Writes the system times `x`, as differences from the neighbours, which lose no digits where `x` is smooth;
 * returns the product of both.
 */
function multiply(system: System, x: usize, into: usize): f64 {
  const row = usize(system.stride) << 4;
  const all = f32x4.splat(4 * (DIRECT + DIAGONAL));
  let total: f64 = 0;
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    let p = system.start(i);
    let at = place(x, p);
    let to = place(into, p);
    let products = f32x4.splat(0);
    for (; p < end; p++, at += 16, to += 16) {
      const above = at - row - 16;
      const under = at + row - 16;
      const own = v128.load(at);
      const direct = add(
        add(sub(own, v128.load(at - 16)), sub(own, v128.load(at, 16))),
        add(sub(own, v128.load(above, 16)), sub(own, v128.load(under, 16))),
      );
      const diagonal = add(
        add(sub(own, v128.load(above)), sub(own, v128.load(above, 32))),
        add(sub(own, v128.load(under)), sub(own, v128.load(under, 32))),
      );
      // At the border a pixel has fewer neighbours.
      const fewer = f32x4.mul(sub(weight(system.diagonal, p), all), own);
      const found = add(add(twice(direct), diagonal), fewer);
      v128.store(to, found);
      products = add(products, f32x4.mul(own, found));
    }
    total += sum(products);
  }
  return total;
}

/** The next direction: the correction, and a share of the last direction. */
function follow(system: System, direction: usize, x: usize, share: f32): void {
  const times = f32x4.splat(share);
  for (let i = 0; i < system.count; i++) {
    const end = place(direction, system.end(i));
    let from = place(x, system.start(i));
    for (let at = place(direction, system.start(i)); at < end; at += 16, from += 16)
      v128.store(at, add(v128.load(from), f32x4.mul(times, v128.load(at))));
  }
}

/** Goes a length in a direction, whose image the residual loses; returns the sum of the squared changes. */
function advance(
  system: System,
  solution: usize,
  residual: usize,
  direction: usize,
  image: usize,
  length: f32,
): f64 {
  const times = f32x4.splat(length);
  let total: f64 = 0;
  for (let i = 0; i < system.count; i++) {
    const start = system.start(i);
    const end = usize(system.end(i)) << 4;
    let squares = f32x4.splat(0);
    for (let at = usize(start) << 4; at < end; at += 16) {
      const change = f32x4.mul(times, v128.load(direction + at));
      v128.store(solution + at, add(v128.load(solution + at), change));
      v128.store(residual + at, sub(v128.load(residual + at), f32x4.mul(times, v128.load(image + at))));
      squares = add(squares, f32x4.mul(change, change));
    }
    total += sum(squares);
  }
  return total;
}
