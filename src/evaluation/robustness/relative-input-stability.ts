import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { inputOf, neighbourOptions, robustness } from './neighbours.js';
import { relativeChange, relativeStability } from './relative.js';

export const relativeInputStability = metric({
  ...robustness,
  name: 'relative-input-stability',
  doc: "The maximum, over small changes of the input that leave the predicted class, of the map's relative change over that of the input, both value by value.",
  paper: cite`Agarwal, Johnson, Pawelczyk, et al. (2022). Rethinking stability for attribution-based explanations. arXiv:2203.06877`,
  options: neighbourOptions,
  needs: ['model', 'explain'],
  score: (scored, options) =>
    relativeStability(scored, options, ({ input }) => relativeChange(inputOf(scored), input)),
});
