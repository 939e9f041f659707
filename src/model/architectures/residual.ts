import type { Feature, Net } from './architecture.js';
import { add, batchNorm, conv, relu } from './layers.js';

/** A block of a residual network, `[C, H, W]` to `[channels, H', W']`. */
export type Block = (net: Net, name: string, x: Feature, channels: number, stride: number) => Feature;

interface UnitNames {
  readonly conv: string;
  readonly bn: string;
}

const numbered = (part: number): UnitNames => ({ conv: `conv${part}`, bn: `bn${part}` });

/** A convolution and its batch normalisation, by their names in the block. */
function unit(
  net: Net,
  name: string,
  { conv: layer, bn }: UnitNames,
  x: Feature,
  options: { readonly channels: number; readonly kernel?: number; readonly stride?: number },
): Feature {
  return batchNorm(net, `${name}.${bn}`, conv(net, `${name}.${layer}`, x, options));
}

/**
 * Two 3x3 convolutions with a shortcut, which is a 1x1 convolution when the shape changes (He et al. 2016).
 */
export const basicBlock =
  (shortcut: UnitNames): Block =>
  (net, name, x, channels, stride) => {
    const first = relu(net, `${name}.relu1`, unit(net, name, numbered(1), x, { channels, stride }));
    const second = unit(net, name, numbered(2), first, { channels });
    const same = stride === 1 && x.shape[0] === channels;
    const beside = same ? x : unit(net, name, shortcut, x, { channels, kernel: 1, stride });
    return relu(net, `${name}.relu2`, add(net, `${name}.sum`, second, beside));
  };

/** 1x1, 3x3 and 1x1 convolutions, the first two narrow, with a shortcut; the second has the stride. */
export const bottleneck =
  (shortcut: UnitNames): Block =>
  (net, name, x, channels, stride) => {
    const [narrow, wide] = [channels / 4, channels];
    const first = unit(net, name, numbered(1), x, { channels: narrow, kernel: 1 });
    const second = unit(net, name, numbered(2), relu(net, `${name}.relu1`, first), {
      channels: narrow,
      stride,
    });
    const third = unit(net, name, numbered(3), relu(net, `${name}.relu2`, second), {
      channels: wide,
      kernel: 1,
    });
    const same = stride === 1 && x.shape[0] === channels;
    const beside = same ? x : unit(net, name, shortcut, x, { channels, kernel: 1, stride });
    return relu(net, `${name}.relu3`, add(net, `${name}.sum`, third, beside));
  };

/** How the blocks of a network are called, counted from 0. */
export interface Naming {
  readonly block: Block;
  readonly called: (stage: number, block: number) => string;
}

const own: Naming = {
  block: basicBlock({ conv: 'conv_shortcut', bn: 'bn_shortcut' }),
  called: (stage, block) => `stage${stage + 1}.block${block + 1}`,
};

/** The maps of stages of `depth` blocks each; the first block of a stage applies the stage's stride. */
export function residualStages(
  net: Net,
  x: Feature,
  plan: readonly { readonly channels: number; readonly stride: number; readonly depth: number }[],
  { block: make, called }: Naming = own,
): Feature[] {
  const made: Feature[] = [];
  let feature = x;
  for (const [stage, { channels, stride, depth }] of plan.entries()) {
    for (let block = 0; block < depth; block++)
      feature = make(net, called(stage, block), feature, channels, block === 0 ? stride : 1);
    made.push(feature);
  }
  return made;
}
