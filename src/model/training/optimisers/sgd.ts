import { scalar } from '../../../graph/elements.js';
import type { Optimiser } from './optimiser.js';

/** v = momentum v + g + decay w; w = w - rate v. */
export const sgd: Optimiser = {
  name: 'sgd',
  doc: 'Stochastic gradient descent with momentum.',
  paper: {
    authors: 'Sutskever, Martens, Dahl, Hinton',
    year: 2013,
    title: 'On the importance of initialization and momentum in deep learning',
    id: 'ICML 2013, PMLR 28(3):1139-1147',
  },
  moments: ['velocity'],
  scalars: (_, rate) => ({ rate }),
  update({ emit, constant }, { weight, gradient, moments, scalars, decays }, { momentum, decay }) {
    const pull =
      decays && decay > 0
        ? emit('Add', [gradient, emit('Mul', [weight, constant(scalar(decay))])])
        : gradient;
    const velocity = emit('Add', [emit('Mul', [moments[0]!, constant(scalar(momentum))]), pull]);
    return [emit('Sub', [weight, emit('Mul', [velocity, scalars.rate!])]), velocity];
  },
};
