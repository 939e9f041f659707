import { integer, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { dropoutOption } from './dropout-option.js';
import { batchNorm, concat, conv, dense, dropout, globalAveragePool, globalMaxPool, relu } from './layers.js';
import { residualStages } from './residual.js';

const options = {
  width: integer({
    doc: 'channels of the first stage; the next three each have twice as many as the one before, the last as many as the fourth',
    min: 1,
    max: 256,
    default: 24,
  }),
  stride: integer({ doc: 'by which the stem divides the size', min: 1, max: 8, default: 1 }),
  depth: integer({ doc: 'residual blocks in each stage', min: 1, max: 16, default: 1 }),
  dropout: dropoutOption,
};

export const resnetFine = architecture({
  name: 'resnet-fine',
  doc: 'A residual network for findings of a few pixels: a 3x3 stem at full size, five stages of residual blocks of which the second to the fourth halve the size, one linear layer on the mean and the maximum of each channel.',
  paper: cite`He, Zhang, Ren, Sun (2016). Deep residual learning for image recognition. arXiv:1512.03385`,
  options,
  stages,
  build(net, image, classes, options) {
    const last = stages(net, image, options).at(-1)!;
    const pooled = concat(net, 'pooled', [
      globalAveragePool(net, 'mean', last),
      globalMaxPool(net, 'maximum', last),
    ]);
    return dense(net, 'logits', dropout(net, 'dropout', pooled, options.dropout), classes);
  },
});

function stages(net: Net, image: Feature, { width, depth, stride }: OptionValues<typeof options>): Feature[] {
  const stem = conv(net, 'stem.conv', image, { channels: width, stride });
  const start = relu(net, 'stem.relu', batchNorm(net, 'stem.bn', stem));
  const plan = [1, 2, 4, 8, 8].map((times, stage) => ({
    channels: times * width,
    stride: stage >= 1 && stage <= 3 ? 2 : 1,
    depth,
  }));
  return [start, ...residualStages(net, start, plan)];
}
