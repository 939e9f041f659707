import { inputError } from '../../base/errors.js';
import { type GivenOptions, type Option, readOptions } from '../../base/options.js';
import type { Architecture, Feature, Net } from './architecture.js';
import { cnn } from './cnn.js';
import { convnextTiny } from './convnext-tiny.js';
import { densenet121 } from './densenet121.js';
import { efficientnetB0 } from './efficientnet-b0.js';
import { isFile } from './file-backbone.js';
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
  'efficientnet-b0',
  'convnext-tiny',
] as const;
export type Backbone = (typeof backbones)[number];

const networks: Readonly<Record<Backbone, Architecture>> = {
  ...{ cnn, 'resnet-small': resnetSmall, 'resnet-fine': resnetFine, resnet18, resnet50, densenet121 },
  ...{ 'efficientnet-b0': efficientnetB0, 'convnext-tiny': convnextTiny },
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

/** A backbone by the name of its file or of a network of this library; `what` says what is made of it. */
export const backboneOption = (what: string): Option<string> => ({
  doc: `an ONNX network, ${what}, or a network of this library, untrained`,
  accepts: `a file that ends in .onnx, or one of ${backbones.join(', ')}`,
  default: 'resnet-small',
  read: (given) =>
    typeof given === 'string' && (isFile(given) || backbones.some((name) => name === given))
      ? given
      : undefined,
});

/** The last maps `[C, h, w]` of a backbone of this library. Throws for a file, which is read before. */
export function mapsOf(backbone: string, net: Net, image: Feature): Feature {
  const name = backbones.find((known) => known === backbone);
  if (name === undefined) throw inputError(`${backbone} has not been read`);
  return stagesOf(name, net, image).at(-1)!;
}
