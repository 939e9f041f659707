import { integer, number, type OptionValues } from '../../base/options.js';
import type { Feature, Net, Reading } from './architecture.js';
import { backboneOption, mapsOf } from './backbones.js';
import { isFile, readBackbone } from './file-backbone.js';

/** Options of the network under a head of prototypes. */
export const backboneOptions = {
  backbone: backboneOption('whose last maps the prototypes are compared with'),
  backboneRate: number({
    doc: 'factor of the learning rate in the backbone; 0.1 suits one that is trained already, 0 keeps its weights as they are',
    min: 0,
    max: 1,
    default: 1,
  }),
};

type Options = OptionValues<typeof backboneOptions>;

/** Epochs in which what stands on the backbone learns alone. */
export const warmOption = (what: string, epochs: number) =>
  integer({ doc: `epochs at first in which ${what}`, min: 0, max: 100000, default: epochs });

/** Adds what stands on maps `[C, h, w]`: from there to the logits `[K]`. */
type Head<O> = (net: Net, maps: Feature, classes: number, options: O) => Feature;

/** How a network of prototypes is built on the maps of any backbone, or on those of an ONNX file. */
export const onMaps = <O extends Options>(head: Head<O>) => ({
  build: (net: Net, image: Feature, classes: number, options: O) =>
    head(net, mapsOf(options.backbone, net, image), classes, options),
  async read({ backbone }: O, reading: Reading) {
    if (!isFile(backbone)) return undefined;
    const { normalisation, add } = await readBackbone(backbone, reading, 'maps');
    const build = (net: Net, image: Feature, classes: number, options: O) =>
      head(net, add(net, image), classes, options);
    return { build, normalisation };
  },
});

const ofHead = /^(add_on|prototypes|last|tree)\./;

/** The factor of the learning rate of a parameter of the backbone; undefined of one of the head. */
export const paceBelow = ({ backboneRate }: Options, parameter: string): number | undefined =>
  ofHead.test(parameter) ? undefined : backboneRate;
