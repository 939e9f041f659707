import { metric } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { plausibility, relevanceMass, shareOn } from './shared.js';

export const relevanceInAnatomy = metric({
  ...plausibility,
  name: 'relevance-in-anatomy',
  doc: "The share of the map's sum inside the anatomy that can hold the finding, such as the lungs.",
  paper: relevanceMass,
  options: { sign: signOption('positive') },
  direction: 'higher',
  needs: ['anatomy'],
  score: ({ map, anatomy }) => shareOn(map, anatomy!),
});
