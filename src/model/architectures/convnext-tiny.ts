import { cite } from '../../base/paper.js';
import { ints } from '../../graph/attributes.js';
import { float32 } from '../../graph/elements.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { add, conv, dense, globalAveragePool, normal } from './layers.js';
import { gelu, layerNorm } from './transformer.js';

const plan = [
  { channels: 96, depth: 3 },
  { channels: 192, depth: 3 },
  { channels: 384, depth: 9 },
  { channels: 768, depth: 3 },
] as const;

export const convnextTiny = architecture({
  name: 'convnext-tiny',
  doc: "A network of wide depthwise convolutions with a transformer's layer norms, with torchvision's layer names and without its stochastic depth.",
  paper: cite`Liu, Mao, Wu, Feichtenhofer, Darrell, Xie (2022). A ConvNet for the 2020s. arXiv:2201.03545`,
  options: {},
  stages,
  build(net, image, classes) {
    const pooled = globalAveragePool(net, 'avgpool', stages(net, image).at(-1)!);
    return dense(net, 'classifier.2', norm(net, 'classifier.0', pooled), classes, 'glorot', 'logits');
  },
});

function stages(net: Net, image: Feature): Feature[] {
  const made: Feature[] = [];
  const stem = conv(net, 'features.0.0', image, {
    channels: plan[0].channels,
    kernel: 4,
    stride: 4,
    pad: 0,
    bias: true,
  });
  let x = mapNorm(net, 'features.0.1', stem);
  for (const [stage, { channels, depth }] of plan.entries()) {
    const at = 2 * stage;
    if (stage > 0)
      x = conv(net, `features.${at}.1`, mapNorm(net, `features.${at}.0`, x), {
        channels,
        kernel: 2,
        stride: 2,
        pad: 0,
        bias: true,
      });
    for (let block = 0; block < depth; block++) x = convBlock(net, `features.${at + 1}.${block}`, x);
    made.push(x);
  }
  return made;
}

const norm = (net: Net, name: string, x: Feature): Feature => layerNorm(net, name, x, ['weight', 'bias']);

const turned = (net: Net, name: string, { value, shape }: Feature, perm: readonly number[]): Feature => ({
  value: net.builder.emit('Transpose', [value], { perm: ints(perm) }, name),
  shape: perm.slice(1).map((axis) => shape[axis - 1]!),
});

/** `[C, H, W]` to `[H, W, C]`, and back. */
const channelsLast = (net: Net, name: string, x: Feature) => turned(net, name, x, [0, 2, 3, 1]);
const channelsFirst = (net: Net, name: string, x: Feature) => turned(net, name, x, [0, 3, 1, 2]);

/** Layer normalisation of the channels at each position of `[C, H, W]`. */
const mapNorm = (net: Net, name: string, x: Feature): Feature =>
  channelsFirst(net, `${name}.maps`, norm(net, name, channelsLast(net, `${name}.places`, x)));

/** A fully connected layer at each position of `[H, W, C]`. */
function placewise(net: Net, name: string, { value, shape }: Feature, units: number): Feature {
  const { emit, constant } = net.builder;
  const inputs = shape.at(-1)!;
  const weight = normal(net, `${name}.weight`, [units, inputs], Math.sqrt(2 / (inputs + units)));
  const bias = constant(float32(new Float32Array(units)), `${name}.bias`);
  const product = emit('MatMul', [value, emit('Transpose', [weight], { perm: ints([1, 0]) })]);
  return { value: emit('Add', [product, bias], {}, name), shape: [...shape.slice(0, -1), units] };
}

/** A 7x7 depthwise convolution and a perceptron at each position, scaled and added to the input. */
function convBlock(net: Net, name: string, x: Feature): Feature {
  const channels = x.shape[0]!;
  const own = conv(net, `${name}.block.0`, x, { channels, kernel: 7, groups: channels, bias: true });
  const places = norm(net, `${name}.block.2`, channelsLast(net, `${name}.block.1`, own));
  const hidden = gelu(net, `${name}.block.4`, placewise(net, `${name}.block.3`, places, 4 * channels));
  const maps = channelsFirst(net, `${name}.block.6`, placewise(net, `${name}.block.5`, hidden, channels));
  const scale = net.builder.constant(
    float32(new Float32Array(channels).fill(1e-6), [channels, 1, 1]),
    `${name}.layer_scale`,
  );
  const scaled = net.builder.emit('Mul', [maps.value, scale], {}, `${name}.scaled`);
  return add(net, `${name}.sum`, { ...maps, value: scaled }, x);
}
