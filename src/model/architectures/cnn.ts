import { integer, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { dropoutOption } from './dropout-option.js';
import { conv, dense, dropout, globalAveragePool, maxPool, relu } from './layers.js';

const options = {
  width: integer({
    doc: 'channels of the first stage; each later one has twice as many',
    min: 1,
    max: 256,
    default: 16,
  }),
  depth: integer({ doc: 'stages, each of which halves the size', min: 1, max: 6, default: 3 }),
  dropout: dropoutOption,
};

export const cnn = architecture({
  name: 'cnn',
  doc: 'A plain convolutional network: pairs of 3x3 convolutions with ReLU, each pair followed by max-pooling.',
  paper: cite`Simonyan, Zisserman (2015). Very deep convolutional networks for large-scale image recognition. arXiv:1409.1556`,
  options,
  stages,
  build(net, image, classes, options) {
    const pooled = globalAveragePool(net, 'mean', stages(net, image, options).at(-1)!);
    return dense(net, 'logits', dropout(net, 'dropout', pooled, options.dropout), classes);
  },
});

/** The maps of each stage before its pooling, and those after the last one. */
function stages(net: Net, image: Feature, { width, depth }: OptionValues<typeof options>): Feature[] {
  const made: Feature[] = [];
  let feature = image;
  for (let stage = 1; stage <= depth; stage++) {
    const channels = width * 2 ** (stage - 1);
    for (const part of [1, 2]) {
      const convolved = conv(net, `stage${stage}.conv${part}`, feature, { channels, bias: true });
      feature = relu(net, `stage${stage}.relu${part}`, convolved);
    }
    made.push(feature);
    feature = maxPool(net, `stage${stage}.pool`, feature);
  }
  return [...made, feature];
}
