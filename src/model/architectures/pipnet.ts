import { choice, integer, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { partNames, partScores, presenceOf } from '../prototypes/part-head.js';
import { jointFactors, pretrainFactors, withPairs } from '../prototypes/part-losses.js';
import { sparsers, sparserWeights } from '../prototypes/part-weights.js';
import { projectParts } from '../prototypes/project-parts.js';
import { metadataOf, type PartNetwork, prototypesOf } from '../prototypes/prototype.js';
import type { Phase } from '../recipe.js';
import { architecture } from './architecture.js';
import { conv } from './layers.js';
import { backboneOptions, onMaps, paceBelow, warmOption } from './under-prototypes.js';

const { maps, presence, scores, weights } = partNames;

/** The factor of the learning rate of the classes' weights. */
const weightPace = 50;

const options = {
  ...backboneOptions,
  parts: integer({ doc: 'prototypes at most', min: 2, max: 2048, default: 64 }),
  pretrain: integer({
    doc: 'epochs in which the prototypes are trained before the classes',
    min: 1,
    max: 100000,
    default: 10,
  }),
  warm: warmOption("the classes' weights alone learn, between the others", 3),
  sparser: choice(sparsers, {
    doc: 'what becomes of small weights of the classes after each step: cut sets those below 0.001 to zero, shrink takes 0.001 from all as the published code does',
    default: 'cut',
  }),
  side: integer({
    doc: 'side of the square, in pixels, that stands for the place of a prototype',
    min: 1,
    max: 4096,
    default: 32,
  }),
};

type Options = OptionValues<typeof options>;

export const pipnet = architecture({
  name: 'pipnet',
  doc: 'A network of prototypes that are learned from two views of each image, without its class; a class adds up those that are present, with few weights that are never negative, and says nothing where none is.',
  paper: cite`Nauta, Schlötterer, van Keulen, Seifert (2023). PIP-Net: patch-based intuitive prototypes for interpretable image classification. CVPR. doi:10.1109/CVPR52729.2023.00269`,
  options,
  ...onMaps<Options>((net, below, classes, { parts }) => {
    const { builder, metadata } = net;
    const features = conv(net, 'add_on.conv', below, { channels: parts, kernel: 1, bias: true });
    const present = presenceOf(builder, features.value);
    const own = net.random.fork(weights);
    const drawn = Float32Array.from({ length: classes * parts }, () => Math.max(0, 1 + 0.1 * own.normal()));
    builder.constant(float32(drawn, [classes, parts]), weights);
    const prototypes = Array.from({ length: parts }, () => ({}));
    const named = { maps, presence, scores, weights };
    Object.assign(metadata, metadataOf({ kind: 'pipnet', ...named, prototypes }));
    return { value: partScores(builder, present, false), shape: [classes] };
  }),
  phases: ({ pretrain, warm, sparser, side, ...below }, epochs) => {
    const settles: Phase['settles'] = (builder, parameter, next) =>
      parameter === weights ? sparserWeights(sparser, builder, parameter, next) : next;
    const classes: Phase = {
      ...{ name: 'classes', epochs: warm, settles, keeps: 'last' },
      pace: (parameter) => (parameter === weights ? weightPace : 0),
    };
    return [
      {
        ...{ name: 'pretrain', epochs: pretrain, pairs: 'intensities', keeps: 'last' },
        loss: (classification) => withPairs(classification, pretrainFactors),
        pace: (parameter) => paceBelow(below, parameter) ?? Number(parameter !== weights),
      },
      ...(warm === 0 ? [] : [classes]),
      {
        ...{ name: 'joint', epochs, pairs: 'intensities', settles },
        loss: (classification) => withPairs(classification, jointFactors),
        pace: (parameter) => paceBelow(below, parameter) ?? (parameter === weights ? weightPace : 1),
        end: (network, context) => projectParts(network, known(network), side, context),
      },
    ];
  },
});

const known = (network: Graph) => prototypesOf(network, 'the network') as PartNetwork;
