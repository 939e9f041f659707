import { sha256 } from '../../base/files.js';
import { number } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { rows, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { imagesOf, nothing } from './images.js';

export const random = method({
  name: 'random',
  family: 'baseline',
  doc: 'Noise: independent uniform values, or smooth ones, drawn anew for every image.',
  options: {
    smooth: number({ doc: 'standard deviation in pixels of the blur of the noise', default: 0, min: 0 }),
  },
  maps: 'spatial',
  async attribute({ model, input, options: { smooth }, seed }) {
    const images = imagesOf(model, input, 'random');
    const [count, , height, width] = images.shape as readonly [number, number, number, number];
    const map = zeros([count, 1, height, width]);
    for (let n = 0; n < count; n++) {
      // The seed depends on the image's content, so that its noise does not depend on the batch.
      const { data } = rows(images, n, n + 1);
      const stream = seededRandom(
        `${seed}/${sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`,
      );
      const plane = rows(map, n, n + 1).data;
      for (let p = 0; p < plane.length; p++) plane[p] = stream.uniform();
    }
    return { map: gaussianBlur(map, smooth), evaluations: nothing };
  },
});
