import type { Plane } from './scans.js';

/** Where each coefficient of the zigzag order stands in the 8 x 8 block (T.81 figure A.6). */
// biome-ignore format: eight by eight
const zigzag = Uint8Array.of(
   0,  1,  8, 16,  9,  2,  3, 10,
  17, 24, 32, 25, 18, 11,  4,  5,
  12, 19, 26, 33, 40, 48, 41, 34,
  27, 20, 13,  6,  7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36,
  29, 22, 15, 23, 30, 37, 44, 51,
  58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
);

/** cos(k pi / 16), and what the transform multiplies with: fixed point with 13 fractional bits. */
const cosine = (k: number) => Math.cos((k * Math.PI) / 16);
const [c1, c2, c3, c5, c6, c7] = [cosine(1), cosine(2), cosine(3), cosine(5), cosine(6), cosine(7)];
const fractionBits = 13;
const fixed = (value: number) => Math.round(Math.SQRT2 * value * 2 ** fractionBits);
const rotation = { both: fixed(c6), high: fixed(c2 + c6), low: fixed(c2 - c6) };
const odd = {
  all: fixed(c3),
  x7: fixed(-c1 + c3 + c5 - c7),
  x5: fixed(c1 + c3 - c5 + c7),
  x3: fixed(c1 + c3 + c5 - c7),
  x1: fixed(c1 + c3 - c5 - c7),
  x71: fixed(c3 - c7),
  x53: fixed(c1 + c3),
  x73: fixed(c3 + c5),
  x51: fixed(c3 - c5),
};

/**
 * A component's samples from its coefficients (T.81 A.3.3): dequantised, transformed, level-shifted, clamped. The
 * transform is the integer one with 11 multiplications (Loeffler, Ligtenberg and Moschytz 1989,
 * doi:10.1109/ICASSP.1989.266596) with the fixed-point precision of libjpeg's accurate one, so that the
 * rounding is the same as there.
 */
export function samplesOf(plane: Plane, quantisation: Uint16Array, precision: number): Uint16Array {
  const { across, down, coefficients } = plane;
  const out = new Uint16Array(across * down * 64);
  const stride = across * 8;
  const block = new Int32Array(64);
  const level = 2 ** (precision - 1);
  const largest = 2 ** precision - 1;
  /** Fractional bits between the passes: what 32 bits have room for. */
  const kept = precision > 8 ? 1 : 2;
  for (let by = 0; by < down; by++) {
    for (let bx = 0; bx < across; bx++) {
      const from = (by * across + bx) * 64;
      const to = by * 8 * stride + bx * 8;
      let ac = 0;
      for (let k = 0; k < 64; k++) {
        const value = coefficients[from + k]!;
        block[zigzag[k]!] = value * quantisation[k]!;
        if (k > 0) ac |= value;
      }
      if (ac === 0) {
        const flat = clamp(((block[0]! + 4) >> 3) + level, largest);
        for (let y = 0; y < 8; y++) out.fill(flat, to + y * stride, to + y * stride + 8);
        continue;
      }
      for (let i = 0; i < 8; i++) transform(block, i, 8, fractionBits - kept);
      for (let i = 0; i < 8; i++) transform(block, i * 8, 1, fractionBits + kept + 3);
      for (let i = 0; i < 64; i++) {
        out[to + (i >> 3) * stride + (i & 7)] = clamp(block[i]! + level, largest);
      }
    }
  }
  return out;
}

const clamp = (value: number, largest: number): number => (value < 0 ? 0 : value > largest ? largest : value);

/** The 8-point inverse transform in place, rounded to `shift` bits fewer. */
function transform(b: Int32Array, at: number, step: number, shift: number): void {
  const half = 1 << (shift - 1);
  const x1 = b[at + step]!;
  const x2 = b[at + 2 * step]!;
  const x3 = b[at + 3 * step]!;
  const x5 = b[at + 5 * step]!;
  const x6 = b[at + 6 * step]!;
  const x7 = b[at + 7 * step]!;

  const rotated = Math.imul(x2 + x6, rotation.both);
  const inner = rotated - Math.imul(x6, rotation.high);
  const outer = rotated + Math.imul(x2, rotation.low);
  const sum = ((b[at]! + b[at + 4 * step]!) << fractionBits) + half;
  const difference = ((b[at]! - b[at + 4 * step]!) << fractionBits) + half;
  const e0 = sum + outer;
  const e1 = difference + inner;
  const e2 = difference - inner;
  const e3 = sum - outer;

  const all = Math.imul(x7 + x3 + x5 + x1, odd.all);
  const x71 = -Math.imul(x7 + x1, odd.x71);
  const x53 = -Math.imul(x5 + x3, odd.x53);
  const x73 = all - Math.imul(x7 + x3, odd.x73);
  const x51 = all - Math.imul(x5 + x1, odd.x51);
  const o3 = Math.imul(x7, odd.x7) + x71 + x73;
  const o2 = Math.imul(x5, odd.x5) + x53 + x51;
  const o1 = Math.imul(x3, odd.x3) + x53 + x73;
  const o0 = Math.imul(x1, odd.x1) + x71 + x51;

  b[at] = (e0 + o0) >> shift;
  b[at + step] = (e1 + o1) >> shift;
  b[at + 2 * step] = (e2 + o2) >> shift;
  b[at + 3 * step] = (e3 + o3) >> shift;
  b[at + 4 * step] = (e3 - o3) >> shift;
  b[at + 5 * step] = (e2 - o2) >> shift;
  b[at + 6 * step] = (e1 - o1) >> shift;
  b[at + 7 * step] = (e0 - o0) >> shift;
}
