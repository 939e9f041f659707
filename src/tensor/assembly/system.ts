/** Columns of zeros after a row, so that four pixels of a coarser grid are made from one row alone. */
const BORDER = 10;

/**
 * A symmetric positive system over some pixels of a grid, each linked with its eight neighbours:
 * `diagonal[p] x[p] - sum(link x[q])`. Arrays have a border of zeros: pixel (y, x) is at
 * `(y + 1) * stride + x + 1`. Outside the system all is 0.
 */
export class System {
  readonly stride: i32;
  /** Places of an array, with its border and one more row and column that coarser grids reach into. */
  readonly places: i32;
  /** The pixels of the system, in ascending order: those of a row without a gap, from a start to an end. */
  readonly starts: usize;
  readonly ends: usize;
  count: i32 = 0;
  pixels: i32 = 0;
  /** Numbers of 32 bits: the diagonal, its inverse, and the links to the right and below. */
  readonly diagonal: usize;
  readonly inverse: usize;
  readonly right: usize;
  readonly below: usize;
  readonly belowRight: usize;
  readonly belowLeft: usize;

  constructor(
    readonly height: i32,
    readonly width: i32,
  ) {
    this.stride = width + BORDER;
    this.places = this.stride * (height + 3);
    const most = usize(height * ((width + 1) >> 1));
    this.starts = zeros(most << 2);
    this.ends = zeros(most << 2);
    // Four numbers are read and written at once.
    const bytes = (usize(this.places) << 2) + 32;
    this.diagonal = zeros(bytes);
    this.inverse = zeros(bytes);
    this.right = zeros(bytes);
    this.below = zeros(bytes);
    this.belowRight = zeros(bytes);
    this.belowLeft = zeros(bytes);
  }

  /** A vector of four planes: four numbers of 32 bits a place. */
  vector(): usize {
    return zeros(usize(this.places) << 4);
  }

  /** Makes a vector 0 at the pixels of the system. */
  clear(vector: usize): void {
    for (let i = 0; i < this.count; i++) {
      const start = place(vector, this.start(i));
      memory.fill(start, 0, place(vector, this.end(i)) - start);
    }
  }

  start(run: i32): i32 {
    return load<i32>(this.starts + (usize(run) << 2));
  }

  end(run: i32): i32 {
    return load<i32>(this.ends + (usize(run) << 2));
  }

  /** Writes the runs of the pixels whose diagonal is positive, and its inverse there. */
  findRuns(): void {
    let count = 0;
    let pixels = 0;
    for (let y = 1; y <= this.height; y++) {
      const end = y * this.stride + this.width + 1;
      for (let p = y * this.stride + 1; p < end; p++) {
        let value = number(this.diagonal, p);
        if (!(value > 0)) continue;
        const start = p;
        for (; value > 0; value = number(this.diagonal, p)) put(this.inverse, p++, 1 / value);
        store<i32>(this.starts + (usize(count) << 2), start);
        store<i32>(this.ends + (usize(count) << 2), p);
        pixels += p - start;
        count++;
      }
    }
    this.count = count;
    this.pixels = pixels;
  }
}

export function zeros(bytes: usize): usize {
  const at = heap.alloc(bytes);
  memory.fill(at, 0, bytes);
  return at;
}

/** One of an array of numbers. */
export function number(array: usize, at: i32): f32 {
  return load<f32>(array + (usize(at) << 2));
}

export function put(array: usize, at: i32, value: f32): void {
  store<f32>(array + (usize(at) << 2), value);
}

/** One of an array of numbers, four times. */
export function weight(array: usize, at: i32): v128 {
  return v128.load32_splat(array + (usize(at) << 2));
}

/** Where a place of a vector is in memory. */
export function place(vector: usize, at: i32): usize {
  return vector + (usize(at) << 4);
}
