import { choice, integer } from '../../base/options.js';
import { distanceForms } from '../prototypes/similarity.js';
import type { Feature, Net } from './architecture.js';
import { type Backbone, backbones, stagesOf } from './backbones.js';
import { conv, relu, sigmoid } from './layers.js';

export const backboneOption = choice(backbones, {
  doc: 'the network that makes the features',
  default: 'resnet-small',
});

export const prototypeLength = integer({ doc: 'length of a prototype', min: 1, max: 2048, default: 64 });

export const distancesOption = choice(distanceForms, {
  doc: 'how distances are computed: difference is exact, expansion takes less memory but loses digits near a match',
  default: 'difference',
});

/**
 * The features `[depth, h, w]` between 0 and 1 that prototypes are compared with: a backbone with its usual
 * options, and two 1x1 convolutions (Chen et al. 2019, arXiv:1806.10574).
 */
export function comparedFeatures(
  net: Net,
  image: Feature,
  backbone: Backbone,
  depth: number,
  name: string,
): string {
  const layer = (part: string, x: Feature) => conv(net, part, x, { channels: depth, kernel: 1, bias: true });
  const first = relu(net, 'add_on.relu', layer('add_on.conv1', stagesOf(backbone, net, image).at(-1)!));
  return sigmoid(net, name, layer('add_on.conv2', first)).value;
}
