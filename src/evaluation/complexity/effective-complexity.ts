import { flag, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { complexity, signOption } from '../metric/shared.js';

export const effectiveComplexity = metric({
  ...complexity,
  name: 'effective-complexity',
  doc: "The number of pixels whose magnitude exceeds a share of the map's maximum.",
  paper: cite`Nguyen, Martínez (2020). On quantitative aspects of model interpretability. arXiv:2007.07584`,
  options: {
    sign: signOption('absolute'),
    epsilon: number({ doc: 'threshold as a share of the greatest magnitude', default: 0.01, min: 0 }),
    relative: flag({
      doc: 'whether epsilon is relative to the greatest magnitude, or absolute',
      default: true,
    }),
  },
  direction: 'lower',
  range: [0, Infinity],
  ties: 'a pixel at exactly the limit does not count',
  score({ map }, { epsilon, relative }) {
    const greatest = map.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const limit = relative ? epsilon * greatest : epsilon;
    return { value: map.data.reduce((count, value) => count + (Math.abs(value) > limit ? 1 : 0), 0) };
  },
});
