import { type GivenOptions, readOptions } from '../../base/options.js';
import type { Architecture, Feature, Net } from './architecture.js';
import { cnn } from './cnn.js';
import { densenet121 } from './densenet121.js';
import { resnetFine } from './resnet-fine.js';
import { resnetSmall } from './resnet-small.js';
import { resnet18 } from './resnet18.js';
import { resnet50 } from './resnet50.js';

/** The names of the networks whose features other networks can stand on. */
export const backbones = [
  'cnn',
  'resnet-small',
  'resnet-fine',
  'resnet18',
  'resnet50',
  'densenet121',
] as const;
export type Backbone = (typeof backbones)[number];

const networks: Readonly<Record<Backbone, Architecture>> = {
  ...{ cnn, 'resnet-small': resnetSmall, 'resnet-fine': resnetFine, resnet18, resnet50, densenet121 },
};

/** Adds a network without its head; returns the maps of its stages, from the finest to the coarsest. */
export function stagesOf(
  backbone: Backbone,
  net: Net,
  image: Feature,
  given: GivenOptions = {},
): readonly Feature[] {
  const chosen = networks[backbone];
  return chosen.stages!(net, image, readOptions(chosen.options, given, `network ${backbone}`));
}
