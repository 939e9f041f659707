import type { BackgroundName } from './backgrounds.js';
import type { ProblemName } from './patterns.js';

/** The published settings of one size. */
interface Published {
  readonly images: number;
  /** Of every so many images of a class one is test and one is validation. */
  readonly period: number;
  /** Weight of the pattern by problem, on white, correlated and natural backgrounds. */
  readonly alpha: Readonly<Record<ProblemName, readonly [number, number, number]>>;
}

/**
 * Natural backgrounds were published at 64 pixels only. Those of 1 / f at 8 pixels have weights found by the
 * published rule: the networks of suite `xai-tris` are right in 80 % of new images or more.
 */
const settings: Readonly<Record<8 | 64, Published>> = {
  8: {
    images: 10_000,
    period: 10,
    alpha: {
      linear: [0.18, 0.0125, 0.13],
      multiplicative: [0.7, 0.1, 0.45],
      'translations-rotations': [0.65, 0.2, 0.45],
      xor: [0.35, 0.15, 0.2],
    },
  },
  64: {
    images: 40_000,
    period: 20,
    alpha: {
      linear: [0.03, 0.02, 0.06],
      multiplicative: [0.65, 0.05, 0.2],
      'translations-rotations': [0.575, 0.375, 0.03],
      xor: [0.075, 0.03, 0.13],
    },
  },
};

const column: Readonly<Record<BackgroundName, 0 | 1 | 2>> = { white: 0, correlated: 1, 'one-over-f': 2 };

/** The settings of the published size that is nearest. */
export function publishedFor(problem: ProblemName, background: BackgroundName, size: number) {
  const { images, period, alpha } = settings[size < 24 ? 8 : 64];
  return { images, period, alpha: alpha[problem][column[background]] };
}
