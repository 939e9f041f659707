/** The darkest channel of the bright ground of a slide, and by how much its channels may differ. */
const BRIGHT = 190;
const NEUTRAL = 30;
/** By how much a pixel of the ground differs from its mean colour at most, in any channel. */
const NEAR = 12;
/** From so much more difference between channels than the ground has, a pixel is stained. */
const STAIN = 16;
/** Smallest shares of a picture that its ground and its stain take. */
const [LEAST_GROUND, LEAST_STAIN] = [0.05, 0.01];

/** A pixel's bin among 16 levels of each channel. */
const BITS = 4;

/**
 * Marks the bare ground of a stained slide, which scanners show off-white: pixels near the commonest bright,
 * nearly neutral colour of a picture that also holds stained ones. Returns `undefined` where a picture is no
 * such slide. `rgb` is interleaved, values 0 to 255.
 */
export function slideGround(rgb: ArrayLike<number>): Uint8Array | undefined {
  const count = rgb.length / 3;
  const ground = commonestBright(rgb);
  if (ground === undefined) return undefined;
  const bare = new Uint8Array(count);
  let [bareCount, stained] = [0, 0];
  for (let i = 0; i < count; i++) {
    const pixel = pixelOf(rgb, i);
    if (pixel.every((value, c) => Math.abs(value - ground[c]!) <= NEAR)) {
      bare[i] = 1;
      bareCount++;
    } else if (spread(pixel) >= spread(ground) + STAIN) stained++;
  }
  return bareCount >= LEAST_GROUND * count && stained >= LEAST_STAIN * count ? bare : undefined;
}

/** The mean colour around the fullest bin of bright, nearly neutral pixels. */
function commonestBright(rgb: ArrayLike<number>): readonly number[] | undefined {
  const bins = new Uint32Array(2 ** (3 * BITS));
  let fullest = -1;
  const each = (visit: (pixel: Pixel, bin: number) => void) => {
    for (let i = 0; i < rgb.length / 3; i++) {
      const pixel = pixelOf(rgb, i);
      if (Math.min(...pixel) >= BRIGHT && spread(pixel) <= NEUTRAL) visit(pixel, binOf(pixel));
    }
  };
  each((_, bin) => {
    bins[bin]!++;
    if (fullest < 0 || bins[bin]! > bins[fullest]!) fullest = bin;
  });
  if (fullest < 0) return undefined;
  const sums = [0, 0, 0];
  each((pixel, bin) => {
    if (bin === fullest) for (const [c, value] of pixel.entries()) sums[c]! += value;
  });
  return sums.map((sum) => sum / bins[fullest]!);
}

type Pixel = readonly [number, number, number];

const pixelOf = (rgb: ArrayLike<number>, i: number): Pixel => [rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!];
const spread = (pixel: readonly number[]): number => Math.max(...pixel) - Math.min(...pixel);
const binOf = ([r, g, b]: Pixel): number => {
  const drop = 8 - BITS;
  return ((r >> drop) << (2 * BITS)) | ((g >> drop) << BITS) | (b >> drop);
};
