import { integer, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { batchNorm, conv, dense, globalAveragePool, relu } from './layers.js';
import { residualStages } from './residual.js';

const options = {
  width: integer({
    doc: 'channels of the first stage; each later one has twice as many',
    min: 1,
    max: 256,
    default: 32,
  }),
  stride: integer({ doc: 'by which the stem divides the size', min: 1, max: 8, default: 4 }),
  depth: integer({ doc: 'residual blocks in each stage', min: 1, max: 16, default: 1 }),
};

export const resnetSmall = architecture({
  name: 'resnet-small',
  doc: 'A small residual network: a 7x7 stem, three stages of residual blocks of which the second halves the size, one linear layer on the mean.',
  paper: cite`He, Zhang, Ren, Sun (2016). Deep residual learning for image recognition. arXiv:1512.03385`,
  options,
  stages,
  build(net, image, classes, options) {
    return dense(net, 'logits', globalAveragePool(net, 'mean', stages(net, image, options).at(-1)!), classes);
  },
});

// Few channels on large maps would take as long as these layers with a quarter of the parameters.
function stages(net: Net, image: Feature, { width, depth, stride }: OptionValues<typeof options>): Feature[] {
  const stem = conv(net, 'stem.conv', image, { channels: width, kernel: 7, stride });
  const start = relu(net, 'stem.relu', batchNorm(net, 'stem.bn', stem));
  const plan = [
    { channels: width, stride: 1, depth },
    { channels: 2 * width, stride: 2, depth },
    { channels: 4 * width, stride: 1, depth },
  ];
  return [start, ...residualStages(net, start, plan)];
}
