/** 0 well below the edge, 1 well above it, over about `softness` on both sides. */
export function step(x: number, softness: number): number {
  const t = x / softness;
  if (t > 8) return 1;
  return t < -8 ? 0 : 1 / (1 + Math.exp(-t));
}

/** The thickness that a beam meets in a unit ball at distance `r` from its centre. */
export const ball = (r2: number): number => (r2 < 1 ? Math.sqrt(1 - r2) : 0);

/** A tube's shadow at distance `d` from its axis: denser walls and a lighter core, as bones have. */
export function tube(d: number, radius: number): number {
  const r = d / radius;
  if (r >= 1.15) return 0;
  const wall = Math.exp(-(((r - 0.85) / 0.22) ** 2));
  return 0.55 * ball(r * r) + 0.45 * wall;
}
