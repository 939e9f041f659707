import { permutation, type Random } from '../../base/random.js';
import { pearson } from '../../tensor/correlation.js';
import { type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { evaluateVariants } from './evaluate.js';
import { copyPixels, missingOf, pixelsOf } from './pixels.js';
import { comparisonOf, type Replacement } from './removal.js';

/** `count` random subsets of `size` pixels of `area`. */
export function drawSubsets(
  random: Random,
  area: number,
  size: number,
  count: number,
): readonly Uint32Array[] {
  const order = new Uint32Array(area);
  return Array.from({ length: count }, () => permutation(random, area, order).slice(0, size));
}

/**
 * The correlation, Pearson's by default, over subsets of pixels between the sum of the map over a subset and
 * the drop of the target's quantity when the subset is replaced.
 */
export async function subsetCorrelation(
  scored: Scored,
  subsets: readonly ArrayLike<number>[],
  { baseline, sigma, quantity }: Replacement,
  correlation: (a: readonly number[], b: readonly number[]) => number = pearson,
): Promise<Score> {
  const pixels = pixelsOf(scored);
  const missing = missingOf(scored, baseline, sigma);
  const fill = (index: number, into: Float32Array) => {
    if (index > subsets.length) return into.set(missing);
    into.set(pixels.values);
    const subset = index === 0 ? [] : subsets[index - 1]!;
    copyPixels(pixels, subset, missing, into);
  };
  const found = await evaluateVariants(scored, pixels.shape, subsets.length + 2, fill, quantity);
  const [input, end] = [found[0]!, found.at(-1)!];
  const drops = found.slice(1, -1).map((value) => input - value);
  const sums = subsets.map((subset) => {
    let sum = 0;
    for (let i = 0; i < subset.length; i++) sum += scored.map.data[subset[i]!]!;
    return sum;
  });
  const comparison = comparisonOf({ input, baseline: end }, quantity, scored.model);
  const value = correlation(sums, drops);
  return Number.isNaN(value)
    ? {
        ...undefinedScore("the map's sums over the subsets, or what their removal does, do not vary"),
        ...comparison,
      }
    : { value, curve: { x: sums, y: drops }, ...comparison };
}
