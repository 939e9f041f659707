import type { Random } from '../../base/random.js';

/**
 * A random chest in image coordinates: `u` from -1 (left) to 1 (right), `v` from 0 (top) to 1 (bottom). The
 * patient's left is the image's right, as in any frontal view.
 */
export interface Anatomy {
  readonly tilt: number;
  readonly scale: number;
  readonly shift: readonly [number, number];
  readonly bodyWidth: number;
  readonly lungWidth: number;
  readonly apex: number;
  /** Height of the diaphragm's domes, left and right in the image. */
  readonly domes: readonly [number, number];
  readonly mediastinum: number;
  readonly heart: { readonly u: number; readonly v: number; readonly ru: number; readonly rv: number };
  readonly knob: number;
  readonly ribs: {
    readonly first: number;
    readonly step: number;
    readonly slope: number;
    readonly strength: number;
  };
  readonly bend: number;
  readonly adipose: number;
  readonly bubble: number;
  readonly vessels: number;
}

const around = (random: Random, centre: number, spread: number) =>
  centre + spread * Math.max(-2, Math.min(2, random.normal()));

export function drawAnatomy(random: Random): Anatomy {
  const right = around(random, 0.77, 0.025);
  const wide = around(random, 1, 0.12);
  return {
    tilt: around(random, 0, 0.025),
    scale: around(random, 1, 0.04),
    shift: [around(random, 0, 0.03), around(random, 0, 0.015)],
    bodyWidth: around(random, 0.9, 0.035),
    lungWidth: around(random, 0.3, 0.014),
    apex: around(random, 0.115, 0.012),
    domes: [right - Math.abs(around(random, 0.025, 0.01)), right],
    mediastinum: around(random, 0.125, 0.015),
    heart: {
      u: around(random, 0.13, 0.02),
      v: around(random, 0.675, 0.012),
      ru: 0.285 * wide,
      rv: around(random, 0.15, 0.01),
    },
    knob: around(random, 0.075, 0.012),
    ribs: {
      first: around(random, 0.135, 0.01),
      step: around(random, 0.073, 0.004),
      slope: around(random, 0.1, 0.02),
      strength: around(random, 1, 0.2),
    },
    bend: around(random, 0, 0.015),
    adipose: Math.abs(around(random, 0.5, 0.35)),
    bubble: random.uniform(),
    vessels: around(random, 1, 0.2),
  };
}
