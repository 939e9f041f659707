import * as attention from '../attention/index.js';
import * as cam from '../cam/index.js';
import type { Method } from '../method.js';
import * as relevance from '../relevance/index.js';
import { blurIg } from './blur-ig.js';
import { deconvolution } from './deconvolution.js';
import { expectedGradients } from './expected-gradients.js';
import { fullgrad } from './fullgrad.js';
import { gradient } from './gradient.js';
import { gradientShap } from './gradient-shap.js';
import { guidedBackprop } from './guided-backprop.js';
import { guidedGradcam } from './guided-gradcam.js';
import { guidedIg } from './guided-ig.js';
import { inputXGradient } from './input-x-gradient.js';
import { integratedGradients } from './integrated-gradients.js';

const own = [gradient, inputXGradient, guidedBackprop, deconvolution, guidedGradcam, fullgrad];
const paths = [integratedGradients, gradientShap, expectedGradients, blurIg, guidedIg];
const others = Object.values<Method>({ ...relevance, ...cam, ...attention });

/** Methods that noisy copies can be explained by. */
export const noisable: Readonly<Record<string, Method>> = Object.fromEntries(
  [...own, ...paths, ...others].map((m) => [m.name, m]),
);
