import type { Method } from '../method.js';
import { deconvolution } from './deconvolution.js';
import { gradient } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import { inputXGradient } from './input-x-gradient.js';
import { integratedGradients } from './integrated-gradients.js';

/** Methods that noisy copies can be explained by. */
export const noisable: Readonly<Record<string, Method>> = Object.fromEntries(
  [gradient, inputXGradient, guidedBackprop, deconvolution, integratedGradients].map((m) => [m.name, m]),
);
