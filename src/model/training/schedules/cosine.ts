import { cite } from '../../../base/paper.js';
import { eased, type Schedule, warmed } from './schedule.js';

export const cosine: Schedule = {
  name: 'cosine',
  doc: 'falls to zero along half a cosine after the warm-up',
  paper: cite`Loshchilov, Hutter (2017). SGDR: stochastic gradient descent with warm restarts. arXiv:1608.03983`,
  at: warmed(({ rate, warmup, steps }, step) =>
    eased(rate, 0, (step - warmup) / Math.max(1, steps - warmup)),
  ),
};
