import type { CodecName } from './packages.js';

/**
 * Nanoseconds per sample and per compressed byte: upper estimates of measurements on one core. Measured on
 * frames of 512 x 512 to 8192 x 8192 samples of 8 to 16 bits: constant, smooth with noise, and pure noise.
 */
const paces: Readonly<Record<CodecName, { readonly sample: number; readonly byte: number }>> = {
  'jpeg-ls': { sample: 10, byte: 100 },
  'jpeg-2000': { sample: 60, byte: 350 },
  htj2k: { sample: 15, byte: 60 },
  jpeg: { sample: 50, byte: 120 },
};

/** Expected seconds to decode a frame on one core. */
export function usualSeconds(codec: CodecName, samples: number, bytes: number): number {
  const { sample, byte } = paces[codec];
  return (sample * samples + byte * bytes) / 1e9;
}

/** A frame may take this many times its expected seconds, for slow or busy machines. */
export const patience = 6;

/**
 * Memory limit of a codec in bytes. The largest 16-bit frames take 10 bytes per sample, frames of many tiles
 * more.
 */
export const memoryFor = (samples: number): number => 2 ** 29 + 8 * samples;
