import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { batchNorm, conv, dense, globalAveragePool, maxPool, relu } from './layers.js';
import { residualStages } from './residual.js';

const plan = [64, 128, 256, 512].map((channels, stage) => ({ channels, stride: stage > 0 ? 2 : 1 }));

export const resnet18 = architecture({
  name: 'resnet18',
  doc: 'The residual network of 18 layers.',
  paper: cite`He, Zhang, Ren, Sun (2016). Deep residual learning for image recognition. arXiv:1512.03385`,
  options: {},
  stages,
  build(net, image, classes) {
    return dense(net, 'logits', globalAveragePool(net, 'mean', stages(net, image).at(-1)!), classes);
  },
});

function stages(net: Net, image: Feature): Feature[] {
  const stem = conv(net, 'stem.conv', image, { channels: 64, kernel: 7, stride: 2 });
  const start = relu(net, 'stem.relu', batchNorm(net, 'stem.bn', stem));
  const pooled = maxPool(net, 'stem.pool', start, { kernel: 3, stride: 2, pad: 1 });
  return [start, ...residualStages(net, pooled, plan, 2)];
}
