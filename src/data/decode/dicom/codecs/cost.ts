import type { CodecName } from './packages.js';

/**
 * Nanoseconds that a codec takes for each sample and each compressed byte: somewhat more than was measured on
 * one core, of 512 x 512 to 8192 x 8192 samples of 8 to 16 bits, blank, smooth with grain, and pure noise.
 */
const paces: Readonly<Record<CodecName, { readonly sample: number; readonly byte: number }>> = {
  'jpeg-ls': { sample: 10, byte: 100 },
  'jpeg-2000': { sample: 60, byte: 350 },
  htj2k: { sample: 15, byte: 60 },
  jpeg: { sample: 50, byte: 120 },
};

/** Seconds that a frame takes on one core. */
export function usualSeconds(codec: CodecName, samples: number, bytes: number): number {
  const { sample, byte } = paces[codec];
  return (sample * samples + byte * bytes) / 1e9;
}

/** How many times its usual seconds a frame may take, for slow machines and busy ones. */
export const patience = 6;

/**
 * Bytes that a codec's memory may grow to; 16-bit frames as large as the limits allow take 10 a sample, many
 * tiles more.
 */
export const memoryFor = (samples: number): number => 2 ** 29 + 8 * samples;
