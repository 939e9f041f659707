import { metric } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { plausibility, relevanceMass, shareOn } from './shared.js';

export const relevanceOutsideBody = metric({
  ...plausibility,
  name: 'relevance-outside-body',
  doc: "The share of the map's sum outside the patient's body, where there is only air.",
  paper: relevanceMass,
  options: { sign: signOption('positive') },
  needs: ['body'],
  score({ map, body }) {
    const { value, ...why } = shareOn(map, body!);
    return { value: 1 - value, ...why };
  },
});
