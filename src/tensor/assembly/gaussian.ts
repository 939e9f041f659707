/** Where the plane and half of the kernel, from its middle outwards, are in memory. */
export let plane: usize = 0;
export let kernel: usize = 0;
let line: usize = 0;
let between: usize = 0;

/** Makes room for a plane of this size, and for a kernel that reaches so far; what was there is lost. */
export function makeRoom(height: i32, width: i32, radius: i32): void {
  // Four pixels are summed at a time, so that the last ones reach beyond the end of a plane or line.
  const area = usize(height * width + 4) << 2;
  kernel = __heap_base;
  line = kernel + (usize(radius + 1) << 2);
  plane = line + (usize(width + 2 * radius + 4) << 2);
  between = plane + area;
  const missing = isize(between + area) - (isize(memory.size()) << 16);
  if (missing > 0) memory.grow(i32((missing + 0xffff) >> 16));
}

/** Convolves the plane's rows, then its columns; beyond its edges the nearest pixel counts. */
export function convolve(height: i32, width: i32, radius: i32): void {
  const row = usize(width) << 2;
  for (let y = 0; y < height; y++) {
    fillLine(plane + usize(y) * row, width, radius);
    convolveLine(between + usize(y) * row, width, radius);
  }
  for (let y = 0; y < height; y++) convolveColumns(y, height, row, radius);
}

function fillLine(from: usize, width: i32, radius: i32): void {
  const end = usize(radius + width);
  for (let i = usize(0); i < usize(radius); i++) {
    store<f32>(line + (i << 2), load<f32>(from));
    store<f32>(line + ((end + i) << 2), load<f32>(from + (usize(width - 1) << 2)));
  }
  memory.copy(line + (usize(radius) << 2), from, usize(width) << 2);
}

function convolveLine(to: usize, width: i32, radius: i32): void {
  for (let x = 0; x < width; x += 4) {
    const at = line + (usize(radius + x) << 2);
    let sum = f32x4.mul(v128.load(at), v128.load32_splat(kernel));
    for (let i = usize(4); i <= usize(radius) << 2; i += 4) {
      const both = f32x4.add(v128.load(at - i), v128.load(at + i));
      sum = f32x4.add(sum, f32x4.mul(both, v128.load32_splat(kernel + i)));
    }
    v128.store(to + (usize(x) << 2), sum);
  }
}

function convolveColumns(y: i32, height: i32, row: usize, radius: i32): void {
  const own = usize(y) * row;
  for (let x = usize(0); x < row; x += 16) {
    const from = between + x;
    let sum = f32x4.mul(v128.load(from + own), v128.load32_splat(kernel));
    for (let i = 1; i <= radius; i++) {
      const above = v128.load(from + usize(max(0, y - i)) * row);
      const below = v128.load(from + usize(min(height - 1, y + i)) * row);
      sum = f32x4.add(sum, f32x4.mul(f32x4.add(above, below), v128.load32_splat(kernel + (usize(i) << 2))));
    }
    v128.store(plane + own + x, sum);
  }
}
