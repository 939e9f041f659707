import { choice, integer, readOptions } from '../../base/options.js';
import type { Architecture, Feature, Net } from './architecture.js';
import { cnn } from './cnn.js';
import { densenet121 } from './densenet121.js';
import { conv, relu, sigmoid } from './layers.js';
import { resnetSmall } from './resnet-small.js';
import { resnet18 } from './resnet18.js';

const backbones = { cnn, 'resnet-small': resnetSmall, resnet18, densenet121 } as const;

export const backboneOption = choice(['cnn', 'resnet-small', 'resnet18', 'densenet121'], {
  doc: 'the network that makes the features',
  default: 'resnet-small',
});

export const prototypeLength = integer({ doc: 'length of a prototype', min: 1, max: 2048, default: 64 });

/**
 * The features `[depth, h, w]` between 0 and 1 that prototypes are compared with: a backbone with its usual
 * options, and two 1x1 convolutions (Chen et al. 2019, arXiv:1806.10574).
 */
export function comparedFeatures(
  net: Net,
  image: Feature,
  backbone: keyof typeof backbones,
  depth: number,
  name: string,
): string {
  const chosen: Architecture = backbones[backbone];
  const options = readOptions(chosen.options, {}, `backbone ${backbone}`);
  const layer = (part: string, x: Feature) => conv(net, part, x, { channels: depth, kernel: 1, bias: true });
  const first = relu(net, 'add_on.relu', layer('add_on.conv1', chosen.features!(net, image, options)));
  return sigmoid(net, name, layer('add_on.conv2', first)).value;
}
