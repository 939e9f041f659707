import { inputError } from '../base/errors.js';
import { extent } from './quantile.js';

/**
 * Otsu's threshold: separates `values` into two groups with the greatest variance between them (Otsu 1979, A
 * threshold selection method from gray-level histograms, doi:10.1109/TSMC.1979.4310076). It is the centre of
 * a histogram bin; larger values form the upper group. Throws where all values are equal.
 */
export function otsuThreshold(values: ArrayLike<number>, bins = 256): number {
  const { low, high } = extent(values);
  if (!(low < high && high - low < Infinity)) {
    throw inputError(`Otsu's threshold needs finite values that differ; these go from ${low} to ${high}`);
  }
  const width = (high - low) / bins;
  const counts = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) {
    counts[Math.min(bins - 1, Math.floor((values[i]! - low) / width))]!++;
  }
  return low + (bestSplit(counts) + 0.5) * width;
}

/** The last bin of the lower group. */
function bestSplit(counts: Float64Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const moment = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [below, momentBelow, best, split] = [0, 0, -1, 0];
  for (let bin = 0; bin < counts.length - 1; bin++) {
    below += counts[bin]!;
    momentBelow += counts[bin]! * bin;
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (momentBelow / below - (moment - momentBelow) / above) ** 2;
    if (between > best) [best, split] = [between, bin];
  }
  return split;
}
