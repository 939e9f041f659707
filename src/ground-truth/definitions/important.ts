import { permutation, type Random } from '../../base/random.js';
import type { Definition } from './definition.js';
import type { Features } from './features.js';

const orders = 39;
/** So many greatest scores of shuffled classes may reach that of an important feature: 2 of 40 are 5 %. */
const allowed = 1;

/**
 * Which features a definition calls important: those whose score is above the greatest score of any feature
 * in all but one of 39 shuffles of the classes, which errs on any feature in 5 % of the problems in which
 * none is important (Westfall, Young 1993, Resampling-based multiple testing).
 */
export function importantFeatures(
  { estimate }: Pick<Definition, 'estimate'>,
  features: Features,
  labels: Uint8Array,
  random: Random,
): { readonly scores: Float64Array; readonly important: Uint8Array } {
  const scoresOf = estimate(features);
  const scores = scoresOf(labels);
  const greatest = Array.from({ length: orders }, () => {
    const order = permutation(random, labels.length);
    return scoresOf(labels.map((_, n) => labels[order[n]!]!)).reduce((a, b) => Math.max(a, b), 0);
  }).sort((a, b) => b - a);
  const limit = greatest[allowed]!;
  return { scores, important: Uint8Array.from(scores, (score) => (score > limit ? 1 : 0)) };
}
