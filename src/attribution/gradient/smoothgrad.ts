import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { noisable } from './noisable.js';
import { noiseOptions, noiseTunnel } from './noise-tunnel.js';

export const smoothgrad = method({
  name: 'smoothgrad',
  family: 'gradient',
  doc: 'The mean of the maps of noisy copies of the input.',
  paper: cite`Smilkov, Thorat, Kim, Viegas, Wattenberg (2017). SmoothGrad: removing noise by adding noise. arXiv:1706.03825`,
  options: noiseOptions,
  maps: 'input',
  attribute: (request) => noiseTunnel(request, noisable, ({ sum, draws }, i) => sum[i]! / draws),
});

export const smoothgradSquared = method({
  name: 'smoothgrad-squared',
  family: 'gradient',
  doc: 'The mean of the squared maps of noisy copies of the input.',
  paper: cite`Hooker, Erhan, Kindermans, Kim (2019). A benchmark for interpretability methods in deep neural networks. arXiv:1806.10758`,
  options: noiseOptions,
  maps: 'input',
  attribute: (request) => noiseTunnel(request, noisable, ({ squares, draws }, i) => squares[i]! / draws),
});

export const vargrad = method({
  name: 'vargrad',
  family: 'gradient',
  doc: 'The variance of the maps of noisy copies of the input.',
  paper: cite`Adebayo, Gilmer, Goodfellow, Kim (2018). Local explanation methods for deep neural networks lack sensitivity to parameter values. arXiv:1810.03307`,
  options: noiseOptions,
  maps: 'input',
  attribute: (request) =>
    noiseTunnel(
      request,
      noisable,
      ({ sum, squares, draws }, i) => squares[i]! / draws - (sum[i]! / draws) ** 2,
    ),
});
