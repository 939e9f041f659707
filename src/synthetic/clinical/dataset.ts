import { problemDataset } from '../problem/dataset.js';
import { contentOf } from './backgrounds.js';
import { clinicalOptions } from './options.js';
import { clinical } from './problem.js';

/** Lesions inserted into radiographs or phantoms. */
export const clinicalDataset = problemDataset({
  name: 'clinical',
  version: 1,
  title: 'Clinical: chests with and without an inserted lesion, in pairs, with known nuisances',
  citation: 'Sightline',
  options: clinicalOptions,
  defaults: {
    image: { channels: 1, bits: '16' },
    imageOf: ({ size = 128 }) => ({ size }),
    training: { architecture: 'resnet-small', epochs: 10, batch: 32, rate: 0.005, hide: 0 },
  },
  identity: async ({ radiographs, ...options }) =>
    radiographs === undefined ? options : { ...options, radiographs: await contentOf(radiographs) },
  generate: clinical,
});
