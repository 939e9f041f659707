import { beta, type Mixing } from './mixing.js';

/** The exponent of the distribution of shares, as for ImageNet in the paper. */
const exponent = 0.2;

/** Zhang, Cisse, Dauphin, Lopez-Paz (2018), arXiv:1710.09412 */
export const mixup: Mixing = {
  name: 'mixup',
  doc: 'adds two images with shares that are mostly near 0 and 1',
  mix(image, other, random) {
    const share = beta(exponent, random);
    for (let i = 0; i < image.data.length; i++)
      image.data[i] = share * image.data[i]! + (1 - share) * other.data[i]!;
    return share;
  },
};
