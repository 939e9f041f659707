import { unsupported, usageError } from '../../base/errors.js';
import { optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { classCount } from '../../model/classifier.js';
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
        doc: 'mean of the masks, or of those of each output; a benchmark takes that of its training images, of 256 of them where there are more',
        accepts: 'an array (.npy) [1, 1, H, W] or [K, 1, H, W]',
      }),
    ),
  },
  maps: 'spatial',
  async attribute({ model, input, targets, options }) {
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
    const kinds = shape[0]!;
    if (kinds !== 1 && kinds !== classCount(model))
      throw usageError(
        `option 'mean-mask' of method 'mean-mask' has ${kinds} masks; it takes one, or one of each of ${classCount(model)} outputs`,
      );
    const planes = resizeBilinear({ data, shape: [kinds, ...shape.slice(-2)] }, height, width).data;
    const size = height * width;
    const map = zeros([count, 1, height, width]);
    for (let n = 0; n < count; n++) {
      const k = kinds === 1 ? 0 : targets[n]!;
      map.data.set(planes.subarray(k * size, (k + 1) * size), n * size);
    }
    return { map, evaluations: nothing };
  },
});
