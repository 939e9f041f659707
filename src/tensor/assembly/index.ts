import { Holes } from './conjugate';
import { zeros } from './system';

let holes: Holes | null = null;
/** Where the marks of removed pixels (1, bytes), four planes and the noise that they get are in memory. */
export let removed: usize = 0;
export let planes: usize = 0;
export let noise: usize = 0;

/** Makes the memory of planes of one size, once. */
export function create(height: i32, width: i32): void {
  const area = usize(height * width);
  holes = new Holes(height, width);
  removed = zeros(area);
  planes = zeros(area << 4);
  noise = zeros(area << 4);
}

/** Reads which pixels are removed; returns their number. */
export function link(): i32 {
  holes!.link(removed);
  return holes!.system.pixels;
}

/** Fills the removed pixels of so many planes until an error of about `tolerance` is left. */
export function fill(count: i32, tolerance: f64): void {
  holes!.fill(planes, noise, count, tolerance);
}
