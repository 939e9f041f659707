import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import { slic } from '../../tensor/slic.js';
import { metric, type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { pixelsOf } from './pixels.js';
import { area, type CurveReplacement, comparisonOf, curveOptions, replace } from './removal.js';

export const irof = metric({
  ...faithfulness,
  name: 'irof',
  doc: "The area over the curve of the target's probability, as a share of that of the image, while superpixels are removed in descending order of the map's mean over each.",
  paper: cite`Rieger, Hansen (2020). IROF: a low resource evaluation metric for explanation methods. arXiv:2003.08747`,
  options: {
    sign: signOption('signed'),
    segments: integer({ doc: 'number of superpixels (SLIC), about', default: 64, min: 2 }),
    ...curveOptions('mean', 'probability'),
  },
  direction: 'higher',
  range: [-Infinity, 1],
  ties: 'tied superpixels come in a random order under the seed',
  invariantTo: ['scale', 'shift'],
  score(scored, { segments, ...how }) {
    const { values, shape } = pixelsOf(scored);
    return irofOf(scored, slic({ data: values, shape: shape.slice(1) }, { segments }), how);
  },
});

/** The score for given superpixels: a label for each pixel. */
export async function irofOf(
  scored: Scored,
  labels: ArrayLike<number>,
  how: CurveReplacement,
): Promise<Score> {
  const parts = new Map<number, number[]>();
  for (let p = 0; p < labels.length; p++) {
    const part = parts.get(labels[p]!);
    if (part) part.push(p);
    else parts.set(labels[p]!, [p]);
  }
  const pixels = [...parts.values()];
  const means = pixels.map((part) => part.reduce((sum, p) => sum + scored.map.data[p]!, 0) / part.length);
  const order = descendingOrder(means, seededRandom(scored.seed).fork('ties'));
  const steps = [...order].map((part) => pixels[part]!);
  const { curve, ends, saturation } = await replace(scored, 'delete', steps, how);
  const about = comparisonOf(ends, how.quantity, scored.model, saturation);
  const whole = curve.y[0]!;
  if (!(whole > 0)) {
    return {
      ...undefinedScore(`the target's ${how.quantity} is not positive: no share of it can be lost`),
      ...about,
    };
  }
  // Each superpixel counts the same, whatever its size.
  const shares = {
    x: curve.y.map((_, i) => i / pixels.length),
    y: curve.y.map((value) => value / whole),
  };
  return { value: 1 - area(shares), curve: shares, ...about };
}
