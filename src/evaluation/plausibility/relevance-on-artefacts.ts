import { metric } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { plausibility, relevanceMass, shareOn } from './shared.js';

export const relevanceOnArtefacts = metric({
  ...plausibility,
  name: 'relevance-on-artefacts',
  doc: "The share of the map's sum on burned-in text, markers and devices, which are no evidence of disease.",
  paper: relevanceMass,
  options: { sign: signOption('positive') },
  needs: ['artefacts'],
  score: ({ map, artefacts }) => shareOn(map, artefacts!),
});
