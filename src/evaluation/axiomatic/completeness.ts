import { cite } from '../../base/paper.js';
import { evaluateVariants } from '../faithfulness/evaluate.js';
import { missingOf, pixelsOf } from '../faithfulness/pixels.js';
import { replacementOptions } from '../faithfulness/removal.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { axiomatic } from './shared.js';

export const completeness = metric({
  ...axiomatic,
  name: 'completeness',
  doc: "The difference between the map's sum and the output's change from the baseline to the image, as a share of that change: 0 for a map that shares it out completely. A benchmark and a notebook take the method's own baseline where it has one.",
  paper: cite`Sundararajan, Taly, Yan (2017). Axiomatic attribution for deep networks. arXiv:1703.01365`,
  options: replacementOptions('zero', 'logit'),
  ties: 'there are none: values are summed',
  needs: ['model'],
  sharesBaseline: true,
  invariantTo: [],
  async score(scored, { baseline, sigma, quantity }) {
    const pixels = pixelsOf(scored);
    const missing = missingOf(scored, baseline, sigma);
    const fill = (index: number, into: Float32Array) => into.set(index === 0 ? pixels.values : missing);
    const [image, none] = await evaluateVariants(scored, pixels.shape, 2, fill, quantity);
    const compared = { input: image!, baseline: none! };
    const change = image! - none!;
    if (change === 0)
      return { ...undefinedScore('the output of the image is that of the baseline'), compared };
    const sum = scored.map.data.reduce((total, value) => total + value, 0);
    return { value: Math.abs(sum - change) / Math.abs(change), compared };
  },
});
