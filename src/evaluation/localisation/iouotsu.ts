import { choice } from '../../base/options.js';
import { extent } from '../../tensor/extent.js';
import { otsuThreshold } from '../../tensor/otsu.js';
import { metric } from '../metric.js';
import { maskOf, signOption, undefinedFor } from '../shared.js';
import { countAbove, overlap, overlapOption } from './overlap.js';

export const iouOtsu = metric({
  name: 'iou-otsu',
  category: 'localisation',
  doc: "Overlap of the mask with the pixels above Otsu's threshold of the map.",
  paper: {
    authors: 'Saporta, Gui, Agrawal, et al.',
    year: 2022,
    title: 'Benchmarking saliency methods for chest X-ray interpretation',
    id: 'doi:10.1038/s42256-022-00536-x',
  },
  options: {
    sign: signOption('positive'),
    measure: overlapOption,
    variant: choice(['exact', 'chexlocalize'], {
      doc: 'chexlocalize first rounds the map down to 256 grey levels, as the benchmark of the paper does',
      default: 'exact',
    }),
  },
  direction: 'higher',
  range: [0, 1],
  reads: 'positive',
  ties: 'equal values fall on the same side of the threshold',
  undefinedFor,
  needs: ['mask'],
  invariantTo: ['scale'],
  score(scored, { measure, variant }) {
    const values = variant === 'chexlocalize' ? greyLevels(scored.map.data) : scored.map.data;
    return { value: overlap(countAbove(values, maskOf(scored).data, otsuThreshold(values)), measure) };
  },
});

function greyLevels(values: Float32Array): Float32Array {
  const { low, high } = extent(values);
  return values.map((value) => Math.floor((255 * (value - low)) / (high - low)));
}
