import type { Feature, Net } from './architecture.js';
import { add, batchNorm, conv, relu } from './layers.js';

/**
 * Two 3x3 convolutions with a shortcut, which is a 1x1 convolution when the shape changes (He et al. 2016).
 */
export function basicBlock(net: Net, name: string, x: Feature, channels: number, stride: number): Feature {
  const unit = (part: string, input: Feature, options: { kernel?: number; stride?: number }) =>
    batchNorm(net, `${name}.bn${part}`, conv(net, `${name}.conv${part}`, input, { channels, ...options }));
  const first = relu(net, `${name}.relu1`, unit('1', x, { stride }));
  const second = unit('2', first, {});
  const same = stride === 1 && x.shape[0] === channels;
  const shortcut = same ? x : unit('_shortcut', x, { kernel: 1, stride });
  return relu(net, `${name}.relu2`, add(net, `${name}.sum`, second, shortcut));
}

/** The maps of stages of `depth` blocks each; the first block of a stage applies the stage's stride. */
export function residualStages(
  net: Net,
  x: Feature,
  plan: readonly { readonly channels: number; readonly stride: number }[],
  depth: number,
): Feature[] {
  const made: Feature[] = [];
  let feature = x;
  for (const [stage, { channels, stride }] of plan.entries()) {
    for (let block = 0; block < depth; block++) {
      const name = `stage${stage + 1}.block${block + 1}`;
      feature = basicBlock(net, name, feature, channels, block === 0 ? stride : 1);
    }
    made.push(feature);
  }
  return made;
}
