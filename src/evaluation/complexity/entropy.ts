import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { complexity, signOption } from '../metric/shared.js';

export const entropy = metric({
  ...complexity,
  name: 'complexity',
  doc: "The entropy in nats of the map's normalised magnitudes; its exponential is an effective number of pixels.",
  paper: cite`Bhatt, Weller, Moura (2020). Evaluating and aggregating feature-based model explanations. arXiv:2005.00631`,
  options: { sign: signOption('absolute') },
  direction: 'lower',
  range: [0, Infinity],
  ties: 'their order makes no difference',
  score: ({ map }) => ({ value: entropyOf(map.data) }),
});

/** The entropy of magnitudes, scaled to sum to 1; NaN where all are 0. */
export function entropyOf(values: Float32Array): number {
  const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
  if (total === 0) return Number.NaN;
  return values.reduce((sum, each) => {
    const part = Math.abs(each) / total;
    return part === 0 ? sum : sum - part * Math.log(part);
  }, 0);
}
