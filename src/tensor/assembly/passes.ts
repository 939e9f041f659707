import { DIAGONAL, DIRECT, place, System, weight } from './system';
import { add, sub, sum, twice } from './vectors';

/** Writes what the pixels that are there bring to each removed one. */
export function bring(system: System, there: usize, into: usize): void {
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
export function sweepFromZero(system: System, residual: usize, x: usize): void {
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
export function leave(system: System, x: usize, left: usize): void {
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
export function sweepBack(system: System, residual: usize, x: usize): f64 {
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
 * returns the product of both, and of `x` with itself.
 */
export function multiply(system: System, x: usize, into: usize): v128 {
  const row = usize(system.stride) << 4;
  const all = f32x4.splat(4 * (DIRECT + DIAGONAL));
  let totals = f64x2.splat(0);
  for (let i = 0; i < system.count; i++) {
    const end = system.end(i);
    let p = system.start(i);
    let at = place(x, p);
    let to = place(into, p);
    let products = f32x4.splat(0);
    let squares = f32x4.splat(0);
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
      squares = add(squares, f32x4.mul(own, own));
    }
    totals = f64x2.add(totals, f64x2.replace_lane(f64x2.splat(sum(products)), 1, sum(squares)));
  }
  return totals;
}

/** The next direction: the correction, and a share of the last direction. */
export function follow(system: System, direction: usize, x: usize, share: f32): void {
  const times = f32x4.splat(share);
  for (let i = 0; i < system.count; i++) {
    const end = place(direction, system.end(i));
    let from = place(x, system.start(i));
    for (let at = place(direction, system.start(i)); at < end; at += 16, from += 16)
      v128.store(at, add(v128.load(from), f32x4.mul(times, v128.load(at))));
  }
}

/** Goes a length in a direction, whose image the residual loses. */
export function advance(
  system: System,
  solution: usize,
  residual: usize,
  direction: usize,
  image: usize,
  length: f32,
): void {
  const times = f32x4.splat(length);
  for (let i = 0; i < system.count; i++) {
    const end = place(0, system.end(i));
    for (let at = place(0, system.start(i)); at < end; at += 16) {
      const change = f32x4.mul(times, v128.load(direction + at));
      v128.store(solution + at, add(v128.load(solution + at), change));
      v128.store(residual + at, sub(v128.load(residual + at), f32x4.mul(times, v128.load(image + at))));
    }
  }
}
