import type { Builder } from '../../builder.js';

const stabiliser = 1e-9;

/** a / (b + 1e-9), and 0 where b is 0: the division of the authors' code, for b of either sign. */
export function safeQuotient({ add, where, equal, div }: Builder, a: string, b: string): string {
  const shifted = add(b, stabiliser);
  const below = where(equal(shifted, 0), stabiliser, shifted);
  return where(equal(b, 0), 0, div(a, below));
}
