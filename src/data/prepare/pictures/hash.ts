/** A 64-bit perceptual hash as two unsigned 32-bit halves. */
export type PerceptualHash = readonly [number, number];

export const HASH_SIDE = 32;
/** Bits of a hash that an inverted picture has the other way round: all but that of the mean. */
export const INVERTIBLE = 63;
const KEPT = 8;

const cosines = Array.from({ length: KEPT }, (_, u) =>
  Float64Array.from({ length: HASH_SIDE }, (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / (2 * HASH_SIDE))),
);

/**
 * Perceptual hash of a 32x32 image: the signs of the 8x8 lowest DCT coefficients about their median, without
 * the mean (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions").
 */
export function perceptualHash(picture: Float32Array): PerceptualHash {
  const along = Float64Array.from({ length: HASH_SIDE * KEPT }, (_, i) => {
    const [y, u] = [Math.floor(i / KEPT), i % KEPT];
    let sum = 0;
    for (let x = 0; x < HASH_SIDE; x++) sum += picture[y * HASH_SIDE + x]! * cosines[u]![x]!;
    return sum;
  });
  const values = Array.from({ length: KEPT * KEPT }, (_, i) => {
    const [v, u] = [Math.floor(i / KEPT), i % KEPT];
    let sum = 0;
    for (let y = 0; y < HASH_SIDE; y++) sum += along[y * KEPT + u]! * cosines[v]![y]!;
    return sum;
  });
  const sorted = values.slice(1).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  const half = (from: number) =>
    values
      .slice(from, from + 32)
      .reduce((bits, v, i) => (i + from > 0 && v > median ? bits | (1 << i) : bits), 0) >>> 0;
  return [half(0), half(32)];
}

/** Number of differing bits of 64. */
export const hammingDistance = (a: PerceptualHash, b: PerceptualHash): number =>
  ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);

function ones(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
