import type { StoredArray } from '../../image/decoded.js';

/** Converts planar samples to interleaved samples. */
export function interleave(values: StoredArray, samples: number): StoredArray {
  const out = values.slice();
  const pixels = values.length / samples;
  for (let channel = 0; channel < samples; channel++) {
    for (let i = 0; i < pixels; i++) out[i * samples + channel] = values[channel * pixels + i]!;
  }
  return out;
}

/** Expands 4:2:2, `Y1 Y2 Cb Cr` for two pixels of a row, to `Y Cb Cr` per pixel. */
export function expand422(values: StoredArray): StoredArray {
  const make = values.constructor as new (length: number) => StoredArray;
  const out = new make((values.length / 2) * 3);
  for (let from = 0, to = 0; from + 3 < values.length; from += 4, to += 6) {
    const [first, second, blue, red] = [
      values[from]!,
      values[from + 1]!,
      values[from + 2]!,
      values[from + 3]!,
    ];
    out[to] = first;
    out[to + 1] = blue;
    out[to + 2] = red;
    out[to + 3] = second;
    out[to + 4] = blue;
    out[to + 5] = red;
  }
  return out;
}
