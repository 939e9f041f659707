import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { batchNorm, conv, dense, globalAveragePool, maxPool, relu } from './layers.js';
import { type Block, type Naming, residualStages } from './residual.js';

/** Of torchvision: the convolution and the batch normalisation of a shortcut. */
export const downsample = { conv: 'downsample.0', bn: 'downsample.1' };

/**
 * A residual network with torchvision's layer names, so that its weights can be read: `depths` are the blocks
 * of each stage, `widths` the channels.
 */
export function torchResnet<const N extends string>(
  name: N,
  doc: string,
  depths: readonly number[],
  widths: readonly number[],
  block: Block,
) {
  const naming: Naming = { block, called: (stage, index) => `layer${stage + 1}.${index}` };
  const plan = depths.map((depth, stage) => ({ depth, channels: widths[stage]!, stride: stage > 0 ? 2 : 1 }));
  const stages = (net: Net, image: Feature): Feature[] => {
    const first = conv(net, 'conv1', image, { channels: 64, kernel: 7, stride: 2 });
    const start = relu(net, 'relu', batchNorm(net, 'bn1', first));
    const pooled = maxPool(net, 'maxpool', start, { kernel: 3, stride: 2, pad: 1 });
    return [start, ...residualStages(net, pooled, plan, naming)];
  };
  return architecture({
    name,
    doc,
    paper: cite`He, Zhang, Ren, Sun (2016). Deep residual learning for image recognition. arXiv:1512.03385`,
    options: {},
    stages,
    build(net, image, classes) {
      const pooled = globalAveragePool(net, 'avgpool', stages(net, image).at(-1)!);
      return dense(net, 'fc', pooled, classes, 'glorot', 'logits');
    },
  });
}
