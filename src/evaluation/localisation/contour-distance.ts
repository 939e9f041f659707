import { choice } from '../../base/options.js';
import { distanceTo } from '../../tensor/distance.js';
import { otsuThreshold } from '../../tensor/otsu.js';
import { quantile } from '../../tensor/quantile.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';
import { fillOption, regionAbove } from './overlap.js';

export const contourDistance = metric({
  ...localisation,
  name: 'contour-distance',
  doc: "The distance in pixels between the contour of the mask and that of the pixels above Otsu's threshold of the map.",
  options: {
    sign: signOption('positive'),
    fill: fillOption,
    distance: choice(['average', 'hausdorff', 'hausdorff-95'], {
      doc: 'the mean over the pixels of both contours, their maximum, or the greater 95th percentile of the two directions',
      default: 'average',
    }),
  },
  direction: 'lower',
  range: [0, Infinity],
  reads: 'positive',
  ties: 'equal values fall on the same side of the threshold',
  invariantTo: ['scale'],
  score(scored, { fill, distance }) {
    const mask = maskOf(scored);
    const region = regionAbove(scored.map, otsuThreshold(scored.map.data), fill);
    const there = distances(region, mask);
    const back = distances(mask, region);
    if (distance === 'average') return { value: mean([...there, ...back]) };
    const at = distance === 'hausdorff' ? 1 : 0.95;
    return { value: Math.max(quantile(there, at), quantile(back, at)) };
  },
});

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The distance of each pixel of one region's contour to the other's contour. */
function distances(from: Tensor<Uint8Array>, to: Tensor<Uint8Array>): Float32Array {
  const [height, width] = from.shape as readonly [number, number];
  const far = distanceTo((p) => onContour(to, p), [height, width]);
  return Float32Array.from(far.filter((_, p) => onContour(from, p)));
}

/** Whether a pixel of the region has a side at its outside or at the edge of the image. */
function onContour({ data, shape }: Tensor<Uint8Array>, p: number): boolean {
  if (data[p] === 0) return false;
  const [height, width] = shape as readonly [number, number];
  const [y, x] = [Math.floor(p / width), p % width];
  return (
    y === 0 ||
    x === 0 ||
    y === height - 1 ||
    x === width - 1 ||
    [p - 1, p + 1, p - width, p + width].some((next) => data[next] === 0)
  );
}
