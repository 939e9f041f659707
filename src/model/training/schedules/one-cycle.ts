import { cite } from '../../../base/paper.js';
import { eased, type Schedule } from './schedule.js';

/** The rising part of all steps, and by what the first and the last rate are below the highest. */
const [rising, first, last] = [0.3, 25, 25e4];

export const oneCycle: Schedule = {
  name: 'one-cycle',
  doc: 'rises from a 25th in the first 30 % of all steps, without a warm-up, then falls to nearly zero, both along half a cosine',
  paper: cite`Smith, Topin (2019). Super-convergence: very fast training of neural networks using large learning rates. arXiv:1708.07120`,
  at({ rate, steps }, step) {
    const top = rising * steps - 1;
    return step < top
      ? eased(rate / first, rate, step / top)
      : eased(rate, rate / last, (step - top) / Math.max(1, steps - 1 - top));
  },
};
