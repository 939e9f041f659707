import { laplaceMagnitude } from '../../tensor/laplace.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { method } from '../method.js';
import { imagesOf, nothing } from './images.js';

export const laplace = method({
  name: 'laplace',
  family: 'baseline',
  doc: "The strength of the image's spots and fine edges: the magnitude of the Laplacian of the mean over its channels.",
  options: {},
  maps: 'spatial',
  async attribute({ model, input }) {
    const map = laplaceMagnitude(reduceChannels(imagesOf(model, input, 'laplace'), 'mean'));
    return { map, evaluations: nothing };
  },
});
