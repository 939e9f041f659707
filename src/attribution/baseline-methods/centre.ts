import { number } from '../../base/options.js';
import { rows, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { imagesOf, nothing } from './images.js';

export const centre = method({
  name: 'centre',
  family: 'baseline',
  doc: 'A Gaussian around the centre of the image: the prior on where pathologies lie.',
  options: {
    width: number({
      doc: "standard deviation, as a part of the image's height and of its width",
      default: 0.25,
      min: 0.001,
    }),
  },
  maps: 'spatial',
  async attribute({ model, input, options: { width: part } }) {
    const [count, , height, width] = imagesOf(model, input, 'centre').shape as readonly [
      number,
      number,
      number,
      number,
    ];
    const map = zeros([count, 1, height, width]);
    const bell = (at: number, length: number) =>
      Math.exp(-(((at + 0.5) / length - 0.5) ** 2) / (2 * part * part));
    for (let n = 0; n < count; n++) {
      const plane = rows(map, n, n + 1).data;
      for (let p = 0; p < plane.length; p++) {
        plane[p] = bell(Math.floor(p / width), height) * bell(p % width, width);
      }
    }
    return { map, evaluations: nothing };
  },
});
