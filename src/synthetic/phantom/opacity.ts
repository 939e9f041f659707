import type { Random } from '../../base/random.js';

/** A consolidation: a cloud of soft balls in chest coordinates. */
export interface Opacity {
  readonly strength: number;
  readonly balls: readonly { readonly u: number; readonly v: number; readonly r: number }[];
}

/** One or two clouds within the lungs. */
export function drawOpacities(random: Random): readonly Opacity[] {
  const count = random.uniform() < 0.3 ? 2 : 1;
  const first = random.uniform() < 0.5 ? -1 : 1;
  return Array.from({ length: count }, (_, i) => {
    const side = i === 0 ? first : -first;
    const extent = 0.055 + 0.06 * random.uniform();
    const u = side * (0.3 + 0.27 * random.uniform());
    const v = 0.27 + 0.37 * random.uniform();
    const balls = Array.from({ length: 3 + random.below(4) }, () => ({
      u: u + 1.3 * extent * random.normal() * 0.8,
      v: v + extent * random.normal() * 0.45,
      r: extent * (0.75 + 0.6 * random.uniform()),
    }));
    return { strength: 0.13 + 0.1 * random.uniform(), balls };
  });
}

/**
 * Density of the cloud at a position, from 0 to 1; a ball is twice as wide in `u` as in `v`, because `u`
 * spans two units.
 */
export function cloudAt({ balls }: Opacity, u: number, v: number): number {
  let clear = 1;
  for (const ball of balls) {
    const d2 = ((u - ball.u) / (2 * ball.r)) ** 2 + ((v - ball.v) / ball.r) ** 2;
    if (d2 < 6) clear *= 1 - 0.85 * Math.exp(-1.6 * d2);
  }
  return 1 - clear;
}
