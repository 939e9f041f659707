import type { OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { dropoutOption } from './dropout-option.js';
import {
  add,
  batchNorm,
  type ConvOptions,
  conv,
  dense,
  dropout,
  globalAveragePool,
  mean,
  mul,
  sigmoid,
  silu,
} from './layers.js';

const options = { dropout: dropoutOption };

/** Of a stage: how much its blocks widen their input, kernel, stride of the first one, channels, blocks. */
const plan = [
  { widened: 1, kernel: 3, stride: 1, channels: 16, depth: 1 },
  { widened: 6, kernel: 3, stride: 2, channels: 24, depth: 2 },
  { widened: 6, kernel: 5, stride: 2, channels: 40, depth: 2 },
  { widened: 6, kernel: 3, stride: 2, channels: 80, depth: 3 },
  { widened: 6, kernel: 5, stride: 1, channels: 112, depth: 3 },
  { widened: 6, kernel: 5, stride: 2, channels: 192, depth: 4 },
  { widened: 6, kernel: 3, stride: 1, channels: 320, depth: 1 },
] as const;

export const efficientnetB0 = architecture({
  name: 'efficientnet-b0',
  doc: "A network of depthwise convolutions that weight their channels by the image, with torchvision's layer names and without its stochastic depth.",
  paper: cite`Tan, Le (2019). EfficientNet: rethinking model scaling for convolutional neural networks. arXiv:1905.11946`,
  options,
  stages,
  build(net, image, classes, given) {
    const pooled = globalAveragePool(net, 'avgpool', stages(net, image, given).at(-1)!);
    const kept = dropout(net, 'classifier.0', pooled, given.dropout);
    return dense(net, 'classifier.1', kept, classes, 'glorot', 'logits');
  },
});

function stages(net: Net, image: Feature, _: OptionValues<typeof options>): Feature[] {
  const made: Feature[] = [];
  let x = active(net, 'features.0', image, { channels: 32, stride: 2 });
  for (const [stage, { widened, kernel, stride, channels, depth }] of plan.entries()) {
    if (stride > 1) made.push(x);
    for (let block = 0; block < depth; block++)
      x = inverted(net, `features.${stage + 1}.${block}`, x, widened, {
        channels,
        kernel,
        stride: block === 0 ? stride : 1,
      });
  }
  return [...made, active(net, 'features.8', x, { channels: 1280, kernel: 1 })];
}

/** A convolution and its batch normalisation. */
const unit = (net: Net, name: string, x: Feature, shape: ConvOptions): Feature =>
  batchNorm(net, `${name}.1`, conv(net, `${name}.0`, x, shape));

const active = (net: Net, name: string, x: Feature, shape: ConvOptions): Feature =>
  silu(net, `${name}.2`, unit(net, name, x, shape));

/** Widens the channels, convolves each by itself, weights them, and narrows them (Sandler et al. 2018). */
function inverted(net: Net, name: string, x: Feature, widened: number, shape: ConvOptions): Feature {
  const { channels, kernel, stride } = shape;
  const inputs = x.shape[0]!;
  const wide = inputs * widened;
  let part = 0;
  const next = () => `${name}.block.${part++}`;
  const all = widened === 1 ? x : active(net, next(), x, { channels: wide, kernel: 1 });
  const own = active(net, next(), all, { channels: wide, kernel, stride, groups: wide });
  const weighted = squeezed(net, next(), own, inputs >> 2);
  const y = unit(net, next(), weighted, { channels, kernel: 1 });
  return stride === 1 && inputs === channels ? add(net, `${name}.sum`, y, x) : y;
}

/** Weights channels by what two layers make of their means (Hu, Shen, Sun 2018, arXiv:1709.01507). */
function squeezed(net: Net, name: string, x: Feature, channels: number): Feature {
  const layer = (part: string, from: Feature, width: number) =>
    conv(net, `${name}.${part}`, from, { channels: width, kernel: 1, bias: true });
  const narrow = silu(net, `${name}.activation`, layer('fc1', mean(net, `${name}.avgpool`, x), channels));
  const weights = sigmoid(net, `${name}.scale`, layer('fc2', narrow, x.shape[0]!));
  return mul(net, `${name}.product`, x, weights);
}
