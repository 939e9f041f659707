import { float, int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';

/** The names of the values of a PIP-Net behind its features. */
export const partNames = {
  maps: 'prototypes.maps',
  presence: 'prototypes.presence',
  weights: 'last.weight',
  scores: 'scores',
  logits: 'logits',
} as const;

/** A presence below it counts as none when a trained network is used. */
export const leastPresence = 0.1;

/**
 * From features `[N, P, H, W]`, one channel for each prototype, to how present a prototype is: a softmax over
 * the prototypes at each place, and its largest value over the places, `[N, P]` (Nauta et al. 2023,
 * CVPR, doi:10.1109/CVPR52729.2023.00269).
 */
export function presenceOf({ emit, constant }: Builder, features: string): string {
  const maps = emit('Softmax', [features], { axis: int(1) }, partNames.maps);
  const spatial = constant(int64([2, 3]));
  return emit('ReduceMax', [maps, spatial], { keepdims: int(0) }, partNames.presence);
}

/**
 * From presences `[N, P]` to the classes' scores, a sum with weights `[K, P]` that are not negative, and to
 * logits log(1 + score^2), whose softmax is the confidence. A trained network counts no presence below 0.1
 * (`sure`).
 */
export function partScores(builder: Builder, presence: string, sure: boolean): string {
  const { emit, add, mul } = builder;
  const counted = sure ? emit('ThresholdedRelu', [presence], { alpha: float(leastPresence) }) : presence;
  const scores = emit('Gemm', [counted, partNames.weights], { transB: int(1) }, partNames.scores);
  return emit('Log', [add(mul(scores, scores), 1)], {}, partNames.logits);
}
