import { cite } from '../../base/paper.js';
import * as attention from '../attention/index.js';
import * as cam from '../cam/index.js';
import { type Method, method } from '../method.js';
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
import { meanOf, noiseGraph, noiseOptions, noiseTunnel } from './noise-tunnel.js';

const own = [gradient, inputXGradient, guidedBackprop, deconvolution, guidedGradcam, fullgrad];
const paths = [integratedGradients, gradientShap, expectedGradients, blurIg, guidedIg];
const others = Object.values<Method>({ ...relevance, ...cam, ...attention });

/** The methods that can explain the noisy copies. */
const noisable: Readonly<Record<string, Method>> = Object.fromEntries(
  [...own, ...paths, ...others].map((m) => [m.name, m]),
);

export const smoothgrad = method({
  name: 'smoothgrad',
  family: 'gradient',
  doc: 'The mean of the maps of noisy copies of the input.',
  paper: cite`Smilkov, Thorat, Kim, Viegas, Wattenberg (2017). SmoothGrad: removing noise by adding noise. arXiv:1706.03825`,
  options: noiseOptions,
  maps: 'input',
  attribute: (request) =>
    noiseTunnel(request, noisable, { of: ['mean'], combine: ({ mean }, i) => mean[i]! }),
  graph: (asked) => noiseGraph(asked, meanOf),
});

export const smoothgradSquared = method({
  name: 'smoothgrad-squared',
  family: 'gradient',
  doc: 'The mean of the squared maps of noisy copies of the input.',
  paper: cite`Hooker, Erhan, Kindermans, Kim (2019). A benchmark for interpretability methods in deep neural networks. arXiv:1806.10758`,
  options: noiseOptions,
  maps: 'input',
  attribute: (request) =>
    noiseTunnel(request, noisable, { of: ['square'], combine: ({ square }, i) => square[i]! }),
  graph: (asked) => noiseGraph(asked, (builder, maps) => meanOf(builder, builder.mul(maps, maps))),
});

export const vargrad = method({
  name: 'vargrad',
  family: 'gradient',
  doc: 'The variance of the maps of noisy copies of the input.',
  paper: cite`Adebayo, Gilmer, Goodfellow, Kim (2018). Local explanation methods for deep neural networks lack sensitivity to parameter values. arXiv:1810.03307`,
  options: noiseOptions,
  maps: 'input',
  attribute: (request) =>
    noiseTunnel(request, noisable, {
      of: ['variance', 'mean'],
      combine: ({ variance }, i) => variance[i]!,
    }),
  graph: (asked) =>
    noiseGraph(asked, (builder, maps) => {
      const off = builder.sub(maps, meanOf(builder, maps));
      return meanOf(builder, builder.mul(off, off));
    }),
});
