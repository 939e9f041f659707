import { choice } from '../../base/options.js';
import { distancesAt } from '../../tensor/distance.js';
import { quantile } from '../../tensor/quantile.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';
import { fillOption, regionAbove } from './overlap.js';
import { indicesOf } from './pointing-game.js';
import { spacingIn, unitOption, withoutSpacing } from './unit.js';

export const contourDistance = metric({
  ...localisation,
  name: 'contour-distance',
  doc: "The distance between the contour of the mask and that of the pixels above Otsu's threshold of the map: the centre of one of 256 bins from its least to its greatest value, as in scikit-image.",
  options: {
    sign: signOption('positive'),
    fill: fillOption,
    unit: unitOption,
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
  score(scored, { fill, unit, distance }) {
    const spacing = spacingIn(unit, scored);
    if (!spacing) return withoutSpacing;
    const mask = maskOf(scored);
    const region = contourOf(regionAbove(scored.map, scored.reading.otsu(), fill));
    const outline = contourOf(mask);
    const there = new Float32Array(distancesAt(indicesOf(region.data, 1), outline, spacing));
    const back = new Float32Array(distancesAt(indicesOf(outline.data, 1), region, spacing));
    if (distance === 'average') return { value: (sum(there) + sum(back)) / (there.length + back.length) };
    const at = distance === 'hausdorff' ? 1 : 0.95;
    return { value: Math.max(quantile(there, at), quantile(back, at)) };
  },
});

const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);

/** The pixels of a region that have a side at its outside or at the edge of the image. */
function contourOf({ data, shape }: Tensor<Uint8Array>): Tensor<Uint8Array> {
  const [height, width] = shape as readonly [number, number];
  const contour = new Uint8Array(data.length);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (data[p] === 0) continue;
      const edge = y === 0 || x === 0 || y === height - 1 || x === width - 1;
      const within = !edge && data[p - 1]! & data[p + 1]! & data[p - width]! & data[p + width]!;
      contour[p] = within ? 0 : 1;
    }
  }
  return { data: contour, shape };
}
