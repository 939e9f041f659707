import { unsupported } from '../../base/errors.js';
import { optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { array } from '../../tensor/option.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { imagesOf, nothing } from './images.js';

export const meanMask = method({
  name: 'mean-mask',
  family: 'baseline',
  doc: "The mean of training images' annotations: where findings usually are, whatever the image shows (the paper takes the centre).",
  paper: cite`Choe, Oh, Lee, Chun, Akata, Shim (2020). Evaluating weakly supervised object localization methods right. arXiv:2001.07437`,
  options: {
    meanMask: optional(
      array({
        doc: 'mean of the masks; a benchmark takes that of its training images, of 256 of them where there are more',
        accepts: 'an array (.npy) [1, 1, H, W]',
      }),
    ),
  },
  maps: 'spatial',
  async attribute({ model, input, options }) {
    const [count, , height, width] = imagesOf(model, input, 'mean-mask').shape as [
      number,
      number,
      number,
      number,
    ];
    if (options.meanMask === undefined)
      throw unsupported(
        "method 'mean-mask' needs the mean of training masks (option mean-mask), and there is none",
      );
    const { data, shape } = options.meanMask;
    const plane = resizeBilinear({ data, shape: [1, ...shape.slice(-2)] }, height, width).data;
    const map = zeros([count, 1, height, width]);
    for (let n = 0; n < count; n++) map.data.set(plane, n * plane.length);
    return { map, evaluations: nothing };
  },
});
