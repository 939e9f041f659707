import { blurPlane } from '../../../tensor/blur-plane.js';

/** A picture of floats. */
export interface Field {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A picture at one size and at ever more blur. */
export interface Octave {
  /** How many pixels of the first picture a pixel of this one is wide. */
  readonly scale: number;
  readonly blurred: readonly Field[];
}

/** The blur of the first picture of an octave, in its pixels, and by how much each next one has more. */
export const [BLUR, STEP] = [1.6, Math.SQRT2];
/** So many pictures an octave has. The last but two has twice the blur of the first. */
const LEVELS = 5;
/** The blur that a picture is taken to have. */
const OWN_BLUR = 0.5;
const LEAST_SIDE = 24;

/**
 * A picture, halved again and again (Lowe 2004, "Distinctive Image Features from Scale-Invariant
 * Keypoints").
 */
export function scaleSpace(picture: Field): readonly Octave[] {
  const octaves: Octave[] = [];
  let first = withBlur(picture, Math.sqrt(BLUR ** 2 - OWN_BLUR ** 2));
  for (let scale = 1; Math.min(first.width, first.height) >= LEAST_SIDE; scale *= 2) {
    const blurred = [first];
    for (let i = 1; i < LEVELS; i++) {
      const own = BLUR * STEP ** (i - 1);
      blurred.push(withBlur(blurred.at(-1)!, own * Math.sqrt(STEP ** 2 - 1)));
    }
    octaves.push({ scale, blurred });
    first = halved(blurred[LEVELS - 3]!);
  }
  return octaves;
}

function halved({ values, width, height }: Field): Field {
  const [across, down] = [width >> 1, height >> 1];
  const out = new Float32Array(across * down);
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) out[y * across + x] = values[2 * y * width + 2 * x]!;
  return { values: out, width: across, height: down };
}

function withBlur({ values, width, height }: Field, sigma: number): Field {
  return { values: blurPlane(values, height, width, sigma), width, height };
}

/** The value between pixels; beyond the edges, that of the nearest pixel. */
export function valueAt(
  { values, width, height }: { values: ArrayLike<number>; width: number; height: number },
  x: number,
  y: number,
): number {
  const [u, v] = [Math.min(width - 1.001, Math.max(0, x)), Math.min(height - 1.001, Math.max(0, y))];
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const [right, down] = [u - left, v - top];
  const at = top * width + left;
  const upper = values[at]! + right * (values[at + 1]! - values[at]!);
  const lower = values[at + width]! + right * (values[at + width + 1]! - values[at + width]!);
  return upper + down * (lower - upper);
}
