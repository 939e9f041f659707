import { cite } from '../../base/paper.js';
import { distance } from '../../tensor/norm.js';
import { metric } from '../metric/metric.js';
import { neighbourOptions, robustness } from './neighbours.js';
import { relativeStability } from './relative.js';

export const relativeOutputStability = metric({
  ...robustness,
  name: 'relative-output-stability',
  doc: "The maximum, over small changes of the input that leave the predicted class, of the map's relative change over the distance of the raw outputs.",
  paper: cite`Agarwal, Johnson, Pawelczyk, et al. (2022). Rethinking stability for attribution-based explanations. arXiv:2203.06877`,
  options: neighbourOptions,
  needs: ['model', 'explain'],
  score: (scored, options) => relativeStability(scored, options, (_, [own, other]) => distance(own, other)),
});
