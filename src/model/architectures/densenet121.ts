import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { averagePool, batchNorm, concat, conv, dense, globalAveragePool, maxPool, relu } from './layers.js';

const [growth, bottleneck] = [32, 4];
const blocks = [6, 12, 24, 16];

export const densenet121 = architecture({
  name: 'densenet121',
  doc: "The densely connected network of 121 layers, much used on chest radiographs, with torchvision's layer names.",
  paper: cite`Huang, Liu, van der Maaten, Weinberger (2017). Densely connected convolutional networks. arXiv:1608.06993`,
  options: {},
  stages,
  build(net, image, classes) {
    const pooled = globalAveragePool(net, 'mean', stages(net, image).at(-1)!);
    return dense(net, 'classifier', pooled, classes, 'glorot', 'logits');
  },
});

function stages(net: Net, image: Feature): Feature[] {
  const made: Feature[] = [];
  const stem = conv(net, 'features.conv0', image, { channels: 64, kernel: 7, stride: 2 });
  const start = relu(net, 'features.relu0', batchNorm(net, 'features.norm0', stem));
  made.push(start);
  let x = maxPool(net, 'features.pool0', start, { kernel: 3, stride: 2, pad: 1 });
  for (const [index, layers] of blocks.entries()) {
    if (index > 0) x = transition(net, `features.transition${index}`, x);
    for (let layer = 1; layer <= layers; layer++)
      x = denseLayer(net, `features.denseblock${index + 1}.denselayer${layer}`, x);
    if (index < blocks.length - 1) made.push(x);
  }
  return [...made, relu(net, 'features.relu5', batchNorm(net, 'features.norm5', x))];
}

/** BatchNormalization, Relu and two convolutions; concatenates the new channels to the input. */
function denseLayer(net: Net, name: string, x: Feature): Feature {
  const first = relu(net, `${name}.relu1`, batchNorm(net, `${name}.norm1`, x));
  const narrow = conv(net, `${name}.conv1`, first, { channels: bottleneck * growth, kernel: 1 });
  const second = relu(net, `${name}.relu2`, batchNorm(net, `${name}.norm2`, narrow));
  return concat(net, `${name}.concat`, [x, conv(net, `${name}.conv2`, second, { channels: growth })]);
}

/** Halves the number of channels, the height and the width. */
function transition(net: Net, name: string, x: Feature): Feature {
  const active = relu(net, `${name}.relu`, batchNorm(net, `${name}.norm`, x));
  return averagePool(
    net,
    `${name}.pool`,
    conv(net, `${name}.conv`, active, { channels: x.shape[0]! / 2, kernel: 1 }),
  );
}
