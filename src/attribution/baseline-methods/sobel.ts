import { cite } from '../../base/paper.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { sobelMagnitude } from '../../tensor/sobel.js';
import { method } from '../method.js';
import { imagesOf, nothing } from './images.js';

export const sobel = method({
  name: 'sobel',
  family: 'baseline',
  doc: "The strength of the image's edges: the magnitude of Sobel's gradient of the mean over its channels.",
  paper: cite`Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity checks for saliency maps. arXiv:1810.03292`,
  options: {},
  maps: 'spatial',
  async attribute({ model, input }) {
    const map = sobelMagnitude(reduceChannels(imagesOf(model, input, 'sobel'), 'mean'));
    return { map, evaluations: nothing };
  },
});
