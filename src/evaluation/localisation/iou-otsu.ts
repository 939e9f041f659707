import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { otsuThreshold } from '../../tensor/otsu.js';
import { extent } from '../../tensor/quantile.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';
import { countBoth, countsAbove, fillOption, overlap, overlapOption, regionAbove } from './overlap.js';

export const iouOtsu = metric({
  ...localisation,
  name: 'iou-otsu',
  doc: "Overlap of the mask with the pixels above Otsu's threshold of the map: the centre of one of 256 bins from its least to its greatest value, as in scikit-image.",
  paper: cite`Saporta, Gui, Agrawal, et al. (2022). Benchmarking saliency methods for chest X-ray interpretation. doi:10.1038/s42256-022-00536-x`,
  options: {
    sign: signOption('positive'),
    measure: overlapOption,
    fill: fillOption,
    variant: choice(['exact', 'chexlocalize'], {
      doc: "exact compares the map's own values with the threshold; chexlocalize first rounds the map down to 256 grey levels, as the benchmark of the paper does",
      default: 'exact',
    }),
  },
  reads: 'positive',
  ties: 'equal values fall on the same side of the threshold',
  invariantTo: ['scale'],
  score(scored, { measure, fill, variant }) {
    if (variant === 'exact')
      return { value: overlap(countsAbove(scored, scored.reading.otsu(), fill), measure) };
    const grey = { ...scored.map, data: greyLevels(scored.map.data) };
    // The centre of each of the 256 bins rounds to its grey level.
    const region = regionAbove(grey, Math.round(otsuThreshold(grey.data)), fill);
    return { value: overlap(countBoth(region, maskOf(scored)), measure) };
  },
});

/**
 * A map rounded down to 256 grey levels; in single precision, as in the reference: a value at a level's edge
 * falls on the same side.
 */
export function greyLevels(values: Float32Array): Float32Array {
  const { low, high } = extent(values);
  const range = Math.fround(high - low);
  return values.map((value) => Math.floor(Math.fround(255 * Math.fround(Math.fround(value - low) / range))));
}
