/** A part of a picture in shares of its width and height. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Sums of a square picture over all that lies above and left, `(side + 1) x (side + 1)`. */
export interface Summed {
  readonly sums: Float64Array;
  readonly side: number;
}

export function summed(picture: ArrayLike<number>, side: number): Summed {
  const row = side + 1;
  const sums = new Float64Array(row * row);
  for (let y = 0; y < side; y++) {
    let along = 0;
    for (let x = 0; x < side; x++) {
      along += picture[y * side + x]!;
      sums[(y + 1) * row + x + 1] = sums[y * row + x + 1]! + along;
    }
  }
  return { sums, side };
}

/** Resamples a part of a picture to `to x to` pixels by area averaging. */
export function partOf({ sums, side }: Summed, { x, y, width, height }: Part, to: number): Float32Array {
  const edges = (from: number, length: number) =>
    Float64Array.from({ length: to + 1 }, (_, k) =>
      Math.min(side, Math.max(0, (from + (length * k) / to) * side)),
    );
  const [columns, rows] = [edges(x, width), edges(y, height)];
  const at = new Float64Array((to + 1) * (to + 1));
  for (let j = 0; j <= to; j++) {
    const above = Math.min(side - 1, Math.floor(rows[j]!));
    const down = rows[j]! - above;
    for (let i = 0; i <= to; i++) {
      const left = Math.min(side - 1, Math.floor(columns[i]!));
      const right = columns[i]! - left;
      const p = above * (side + 1) + left;
      const q = p + side + 1;
      const upper = sums[p]! + right * (sums[p + 1]! - sums[p]!);
      const lower = sums[q]! + right * (sums[q + 1]! - sums[q]!);
      at[j * (to + 1) + i] = upper + down * (lower - upper);
    }
  }
  const area = (width * height * side * side) / (to * to);
  const out = new Float32Array(to * to);
  for (let j = 0; j < to; j++) {
    for (let i = 0; i < to; i++) {
      const p = j * (to + 1) + i;
      out[j * to + i] = (at[p + to + 2]! - at[p + to + 1]! - at[p + 1]! + at[p]!) / area;
    }
  }
  return out;
}
