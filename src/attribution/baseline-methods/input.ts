import { flag } from '../../base/options.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { method } from '../method.js';
import { imagesOf, nothing } from './images.js';

export const input = method({
  name: 'input',
  family: 'baseline',
  doc: 'The image itself, as the model takes it: the magnitude of its values, averaged over its channels.',
  options: {
    absolute: flag({
      doc: 'magnitudes: how far a pixel is from 0, which normalised images have as their mean; else the values',
      default: true,
    }),
  },
  maps: 'spatial',
  async attribute({ model, input: batch, options: { absolute } }) {
    const images = imagesOf(model, batch, 'input');
    const values = absolute ? { data: images.data.map(Math.abs), shape: images.shape } : images;
    return { map: reduceChannels(values, 'mean'), evaluations: nothing };
  },
});
