import { choice, integer } from '../../base/options.js';
import { distanceForms } from '../prototypes/similarity.js';
import type { Feature, Net } from './architecture.js';
import { conv, relu, sigmoid } from './layers.js';

export const prototypeLength = integer({ doc: 'length of a prototype', min: 1, max: 2048, default: 64 });

export const distancesOption = choice(distanceForms, {
  doc: 'how distances are computed: difference is exact, expansion takes less memory but loses digits near a match',
  default: 'difference',
});

/**
 * The features `[depth, h, w]` between 0 and 1 that prototypes are compared with: two 1x1 convolutions on the
 * maps of a backbone (Chen et al. 2019, arXiv:1806.10574).
 */
export function comparedFeatures(net: Net, maps: Feature, depth: number, name: string): string {
  const layer = (part: string, x: Feature) => conv(net, part, x, { channels: depth, kernel: 1, bias: true });
  const first = relu(net, 'add_on.relu', layer('add_on.conv1', maps));
  return sigmoid(net, name, layer('add_on.conv2', first)).value;
}
