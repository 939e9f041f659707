import { cite } from '../../../base/paper.js';
import type { Optimiser } from './optimiser.js';

/** v = momentum v + g + decay w; w = w - rate v. */
export const sgd: Optimiser = {
  name: 'sgd',
  doc: 'Stochastic gradient descent with momentum.',
  paper: cite`Sutskever, Martens, Dahl, Hinton (2013). On the importance of initialization and momentum in deep learning. ICML 2013, PMLR 28(3):1139-1147`,
  moments: ['velocity'],
  scalars: (_, rate) => ({ rate }),
  update({ add, sub, mul }, { weight, gradient, moments, scalars, decays }, { momentum, decay }) {
    const pull = decays && decay > 0 ? add(gradient, mul(weight, decay)) : gradient;
    const velocity = add(mul(moments[0]!, momentum), pull);
    return [sub(weight, mul(velocity, scalars.rate!)), velocity];
  },
};
