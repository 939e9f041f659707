import { Holes } from './conjugate';
import { zeros } from './system';

let holes: Holes | null = null;
let planeBytes: usize = 0;
/** Where the marks of removed pixels (1, bytes) are in memory. */
export let removed: usize = 0;
/** Where four planes of an image, the noise that removed pixels get, and the planes filled in are. */
export let planes: usize = 0;
export let noise: usize = 0;
export let filled: usize = 0;

/** Makes the memory of planes of one size, once. */
export function create(height: i32, width: i32): void {
  const area = usize(height * width);
  planeBytes = area << 2;
  holes = new Holes(height, width);
  removed = zeros(area);
  planes = zeros(planeBytes << 2);
  noise = zeros(planeBytes << 2);
  filled = zeros(planeBytes << 2);
}

/** Reads the planes. */
export function take(): void {
  holes!.take(planes);
}

/** Reads which pixels are removed; returns their number. */
export function link(): i32 {
  holes!.link(removed);
  return holes!.system.pixels;
}

/** Fills the removed pixels of so many planes until an error of about `tolerance` is left. */
export function fill(count: i32, tolerance: f64): void {
  memory.copy(filled, planes, usize(count) * planeBytes);
  holes!.fill(filled, noise, count, tolerance);
}
