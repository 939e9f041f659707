import { integer } from '../../base/options.js';
import { architecture } from './architecture.js';
import { batchNorm, conv, dense, globalAveragePool, relu } from './layers.js';
import { stages } from './residual.js';

export const resnetSmall = architecture({
  name: 'resnet-small',
  doc: 'A small residual network: a stride-2 stem, three stages of residual blocks, one linear layer on the mean.',
  paper: {
    authors: 'He, Zhang, Ren, Sun',
    year: 2016,
    title: 'Deep residual learning for image recognition',
    id: 'arXiv:1512.03385',
  },
  options: {
    width: integer({
      doc: 'channels of the first stage; each later one has twice as many',
      min: 1,
      max: 256,
      default: 16,
    }),
    depth: integer({ doc: 'residual blocks in each stage', min: 1, max: 16, default: 1 }),
  },
  build(net, image, classes, { width, depth }) {
    const stem = conv(net, 'stem.conv', image, { channels: width, stride: 2 });
    const start = relu(net, 'stem.relu', batchNorm(net, 'stem.bn', stem));
    const features = stages(net, start, [width, 2 * width, 4 * width], depth);
    return dense(net, 'logits', globalAveragePool(net, 'mean', features), classes);
  },
});
