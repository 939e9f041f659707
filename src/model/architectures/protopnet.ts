import { integer, number, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { int } from '../../graph/attributes.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { publishedCosts, withCosts } from '../prototypes/costs.js';
import { boxesOption } from '../prototypes/drawn-box.js';
import { project } from '../prototypes/project.js';
import { metadataOf, type PrototypeNetwork, prototypesOf } from '../prototypes/prototype.js';
import { firstWeights, similarity, smallest, squaredDistances } from '../prototypes/similarity.js';
import type { Loss } from '../recipe.js';
import { architecture } from './architecture.js';
import { comparedFeatures, distancesOption, prototypeLength } from './compared-features.js';
import { backboneOptions, onMaps, paceBelow, warmOption } from './under-prototypes.js';

const values = {
  kind: 'protopnet',
  features: 'prototypes.features',
  vectors: 'prototypes.vectors',
  distances: 'prototypes.distances',
  weights: 'last.weight',
} as const;

const nearest = 'prototypes.nearest';

/** The factor of the learning rate in the last phase: few weights are left, and their loss is convex. */
const lastPace = 10;

const options = {
  ...backboneOptions,
  warm: warmOption('the prototypes learn on the backbone as it is', 0),
  prototypes: integer({ doc: 'prototypes of each class at first', min: 1, max: 200, default: 10 }),
  depth: prototypeLength,
  fewest: integer({
    doc: 'of the six images nearest to a prototype, how many have its class at least, or it is removed; 0 removes none',
    min: 0,
    max: 6,
    default: 3,
  }),
  lastEpochs: integer({
    doc: 'epochs of the last layer after the projection',
    min: 1,
    max: 100000,
    default: 10,
  }),
  bound: number({
    doc: 'distance from which the cluster and separation costs no longer change, as in the published code, which takes the length of a prototype; 0 sets none',
    min: 0,
    max: 1e5,
    default: 0,
  }),
  boxes: boxesOption('active'),
  distances: distancesOption,
};

type Options = OptionValues<typeof options>;

export const protopnet = architecture({
  name: 'protopnet',
  doc: 'A network of prototypes: each class has patches to look for, and its score is a weighted sum of how similar the nearest place of the image is to each.',
  paper: cite`Chen, Li, Tao, Barnett, Rudin, Su (2019). This looks like that: deep learning for interpretable image recognition. arXiv:1806.10574`,
  options,
  ...onMaps<Options>((net, maps, classes, { prototypes, depth, distances: form }) => {
    const { builder, metadata } = net;
    const compared = comparedFeatures(net, maps, depth, values.features);
    const owners = Array.from({ length: classes * prototypes }, (_, p) => Math.floor(p / prototypes));
    const own = net.random.fork(values.vectors);
    const drawn = Float32Array.from({ length: owners.length * depth }, () => own.uniform());
    const vectors = builder.constant(float32(drawn, [owners.length, depth, 1, 1]), values.vectors);
    const distances = squaredDistances(builder, compared, vectors, values.distances, form);
    const scores = similarity(builder, smallest(builder, distances, nearest));
    const weights = builder.constant(firstWeights(owners, classes), values.weights);
    const listed = owners.map((owner) => ({ class: owner }));
    Object.assign(metadata, metadataOf({ ...values, prototypes: listed }));
    return { value: builder.emit('Gemm', [scores, weights], { transB: int(1) }, 'logits'), shape: [classes] };
  }),
  phases: ({ fewest, warm, lastEpochs, bound, boxes, ...below }, epochs) => [
    ...(warm === 0
      ? []
      : [
          {
            name: 'warm-up',
            epochs: warm,
            loss: costsOf(bound),
            pace: paceOf({ ...below, backboneRate: 0 }),
          },
        ]),
    {
      name: 'joint',
      epochs,
      loss: costsOf(bound),
      end: (network, context) => project(network, known(network), { fewest, boxes }, context),
      pace: paceOf(below),
    },
    {
      name: 'last layer',
      epochs: lastEpochs,
      loss: costsOf(bound),
      pace: (parameter) => (parameter === values.weights ? lastPace : 0),
    },
  ],
});

const paceOf = (below: OptionValues<typeof backboneOptions>) => (parameter: string) =>
  paceBelow(below, parameter) ?? Number(parameter !== values.weights);

const known = (network: Graph) => prototypesOf(network, 'the network') as PrototypeNetwork;

const costsOf =
  (bound: number) =>
  (classification: Loss, network: Graph): Loss => {
    const { weights, prototypes } = known(network);
    const owners = prototypes.map((prototype) => prototype.class);
    const classes = network.initializers.get(weights)!.shape[0]!;
    const costs = { ...publishedCosts, ...(bound > 0 && { bound }) };
    return withCosts(classification, costs, { smallest: nearest, weights, owners, classes });
  };
