import { cite } from '../../base/paper.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Score, undefinedScore } from '../metric/metric.js';
import { withoutMask } from '../metric/shared.js';

/** The paper of the share of a map's sum in a region; here the regions are others than the finding. */
export const relevanceMass = cite`Arras, Osman, Samek (2022). CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations. doi:10.1016/j.inffus.2021.11.008`;

/** Declarations shared by metrics of where relevance may be at all. */
export const plausibility = {
  category: 'plausibility',
  direction: 'lower',
  range: [0, 1],
  reads: 'positive',
  undefinedFor: withoutMask,
  ties: 'there are none: values are summed',
  invariantTo: ['scale'],
} as const;

/** The share of a map's sum that a mask covers. */
export function shareOn({ data }: Tensor, mask: Tensor<Uint8Array>): Score {
  let [own, all] = [0, 0];
  for (let p = 0; p < data.length; p++) {
    all += data[p]!;
    own += data[p]! * mask.data[p]!;
  }
  return all === 0 ? undefinedScore('the values of the map sum to 0') : { value: own / all };
}
