import { number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';
import { countsAbove, fillOption, overlap, overlapOption } from './overlap.js';

export const iouThreshold = metric({
  ...localisation,
  name: 'iou-threshold',
  doc: "Overlap of the mask with the pixels above a fixed share of the map's maximum.",
  paper: cite`Selvaraju, Cogswell, Das, et al. (2017). Grad-CAM: visual explanations from deep networks via gradient-based localization. arXiv:1610.02391`,
  options: {
    sign: signOption('positive'),
    measure: overlapOption,
    fill: fillOption,
    threshold: number({ doc: "share of the map's maximum", default: 0.5, min: 0, max: 1 }),
  },
  reads: 'positive',
  ties: 'equal values fall on the same side of the threshold; the maximum is always predicted',
  invariantTo: ['scale'],
  score(scored, { measure, fill, threshold }) {
    const { high } = scored.reading.extent();
    const cut = Math.min(threshold * high, below(high));
    return { value: overlap(countsAbove(scored, cut, fill), measure) };
  },
});

/** A number just below a float32. */
const below = (value: number) => value - Math.abs(value) * 2 ** -25;
