/** Weights of a pixel's neighbours: direct neighbours weigh twice as much as diagonal ones. */
export const DIRECT: f32 = 2;
export const DIAGONAL: f32 = 1;

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
  private readonly inners: Array<usize> = [];
  /** The pixels of the system, a bit each, rows in words of 64. */
  private readonly bits: usize;
  /** The same in ascending order: those of a row without a gap, from a start to an end. */
  private readonly bounds: usize;
  count: i32 = 0;
  pixels: i32 = 0;
  /** Numbers of 32 bits: the diagonal, its inverse, and the links to the right and below if `linked`. */
  readonly diagonal: usize;
  readonly inverse: usize;
  readonly right: usize;
  readonly below: usize;
  readonly belowRight: usize;
  readonly belowLeft: usize;

  constructor(
    readonly height: i32,
    readonly width: i32,
    readonly linked: bool = true,
  ) {
    this.stride = width + BORDER;
    this.places = this.stride * (height + 3);
    this.bounds = zeros(usize(height * ((width + 1) >> 1)) << 3);
    this.bits = zeros(usize(height * (width / 64 + 1)) << 3);
    // Four numbers are read and written at once.
    const bytes = (usize(this.places) << 2) + 32;
    this.diagonal = zeros(bytes);
    this.inverse = zeros(bytes);
    this.right = linked ? zeros(bytes) : 0;
    this.below = linked ? zeros(bytes) : 0;
    this.belowRight = linked ? zeros(bytes) : 0;
    this.belowLeft = linked ? zeros(bytes) : 0;
  }

  /** A vector of four planes: four numbers of 32 bits a place. */
  vector(): usize {
    return zeros(usize(this.places) << 4);
  }

  /** A vector that is 0 outside the system. */
  inner(): usize {
    const vector = this.vector();
    this.inners.push(vector);
    return vector;
  }

  /** Makes a vector 0 at the pixels of the system. */
  clear(vector: usize): void {
    for (let i = 0; i < this.count; i++) {
      const start = place(vector, this.start(i));
      memory.fill(start, 0, place(vector, this.end(i)) - start);
    }
  }

  /** Copies the pixels of the system from one vector to another. */
  copy(from: usize, into: usize): void {
    for (let i = 0; i < this.count; i++) {
      const start = this.start(i);
      memory.copy(place(into, start), place(from, start), place(0, this.end(i) - start));
    }
  }

  start(run: i32): i32 {
    return load<i32>(this.bounds + (usize(run) << 3));
  }

  end(run: i32): i32 {
    return load<i32>(this.bounds + (usize(run) << 3), 4);
  }

  /** Writes the runs of the pixels whose diagonal is positive now, and the inverse there. */
  findRuns(): void {
    let bound = this.bounds;
    let pixels = 0;
    let known = this.bits;
    for (let y = 1; y <= this.height; y++) {
      let first = y * this.stride + 1;
      let inside: u64 = 0;
      for (let rest = this.width; rest >= 0; rest -= 64, first += 64, known += 8) {
        const bits = this.read(first, rest);
        this.forget(load<u64>(known) & ~bits, first);
        store<u64>(known, bits);
        pixels += i32(popcnt(bits));
        // A bit where a run begins or has ended.
        for (let turns = bits ^ ((bits << 1) | inside); turns !== 0; turns &= turns - 1, bound += 4)
          store<i32>(bound, first + i32(ctz(turns)));
        inside = bits >> 63;
      }
    }
    this.count = i32((bound - this.bounds) >> 3);
    this.pixels = pixels;
  }

  /** A bit for each of the next 64 pixels of a row, of which so many are left; writes the inverse. */
  private read(first: i32, rest: i32): u64 {
    const one = f32x4.splat(1);
    let bits: u64 = 0;
    for (let x = 0; x < min(rest, 64); x += 4) {
      const at = usize(first + x) << 2;
      const diagonal = v128.load(this.diagonal + at);
      v128.store(this.inverse + at, f32x4.div(one, diagonal));
      bits |= u64(i32x4.bitmask(f32x4.gt(diagonal, f32x4.splat(0)))) << x;
    }
    return bits;
  }

  /** Makes the inner vectors 0 at pixels (bits) that are no longer of the system. */
  private forget(gone: u64, first: i32): void {
    for (; gone !== 0; gone &= gone - 1) {
      for (let k = 0; k < this.inners.length; k++)
        v128.store(place(unchecked(this.inners[k]), first + i32(ctz(gone))), f32x4.splat(0));
    }
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
