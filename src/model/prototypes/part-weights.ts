import type { Builder } from '../../graph/builder.js';

/** A weight below it is none. */
export const leastWeight = 1e-3;

/** How the weights of the classes become sparse after each step, by name. */
export const sparsers = ['cut', 'shrink'] as const;
export type Sparser = (typeof sparsers)[number];

/**
 * The next value of weights that are not negative: `cut` sets those below 0.001 to zero (Nauta et al. 2023),
 * `shrink` takes 0.001 from each as the published code does, which pulls like an L1 penalty. One that is zero
 * stays zero, since its rectifier passes no gradient.
 */
export function sparserWeights(how: Sparser, builder: Builder, weight: string, next: string): string {
  const { sub, max, greater, where } = builder;
  const smaller =
    how === 'shrink' ? max(sub(next, leastWeight), 0) : where(greater(next, leastWeight), next, 0);
  return where(greater(weight, 0), smaller, 0);
}
