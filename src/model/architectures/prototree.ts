import { integer, number, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { boxesOption } from '../prototypes/drawn-box.js';
import { projectTree } from '../prototypes/project-tree.js';
import { metadataOf, type PrototypeTree, prototypesOf } from '../prototypes/prototype.js';
import { refitted } from '../prototypes/refit-leaves.js';
import { squaredDistances } from '../prototypes/similarity.js';
import { branchesOf, fullTree, leavesOf } from '../prototypes/tree.js';
import { leafRule, treeHead, treeNames } from '../prototypes/tree-head.js';
import { architecture } from './architecture.js';
import { comparedFeatures, distancesOption, prototypeLength } from './compared-features.js';
import { backboneOptions, onMaps, paceBelow, warmOption } from './under-prototypes.js';

const values = {
  kind: 'prototree',
  features: 'prototypes.features',
  vectors: 'prototypes.vectors',
  distances: 'prototypes.distances',
  leaves: treeNames.leaves,
} as const;

const options = {
  ...backboneOptions,
  warm: warmOption('the prototypes learn on the backbone as it is', 0),
  levels: integer({ doc: 'questions on the way to a leaf, before pruning', min: 1, max: 10, default: 4 }),
  depth: prototypeLength,
  certainty: number({
    doc: 'by how much, as a share, a leaf has to be surer of a class than a guess, or it is pruned',
    min: 0,
    max: 1,
    default: 0.1,
  }),
  gain: number({
    doc: 'how much a leaf gains from an image in each step; 2.718 is what the published code does where it computes in logarithms',
    min: 0.01,
    max: 100,
    default: 1,
  }),
  refit: integer({
    doc: 'passes in which the leaves are fitted to the whole training set after the projection (Kontschieder et al. 2015)',
    min: 0,
    max: 1000,
    default: 0,
  }),
  boxes: boxesOption('active'),
  distances: distancesOption,
};

type Options = OptionValues<typeof options>;

export const prototree = architecture({
  name: 'prototree',
  doc: 'A decision tree of prototypes: each branch asks whether the image has a patch like its prototype, each leaf is a distribution over the classes.',
  paper: cite`Nauta, van Bree, Seifert (2021). Neural prototype trees for interpretable fine-grained image recognition. arXiv:2012.02046`,
  options,
  ...onMaps<Options>((net, maps, classes, { levels, depth, distances: form }) => {
    const { builder, metadata } = net;
    const compared = comparedFeatures(net, maps, depth, values.features);
    const tree = fullTree(levels);
    const [branches, leaves] = [branchesOf(tree).length, leavesOf(tree).length];
    const own = net.random.fork(values.vectors);
    const drawn = Float32Array.from({ length: branches * depth }, () => 0.5 + 0.1 * own.normal());
    const vectors = builder.constant(float32(drawn, [branches, depth, 1, 1]), values.vectors);
    builder.constant(float32(new Float32Array(leaves * classes), [leaves, classes]), values.leaves);
    const distances = squaredDistances(builder, compared, vectors, values.distances, form);
    const prototypes = Array.from({ length: branches }, () => ({}));
    Object.assign(metadata, metadataOf({ ...values, tree, prototypes }));
    return { value: treeHead(builder, distances, tree), shape: [classes] };
  }),
  phases: ({ certainty, gain, refit, boxes, warm, ...below }, epochs) => [
    ...(warm === 0
      ? []
      : [
          {
            ...{ name: 'warm-up', epochs: warm, rules: [leafRule(gain)] },
            pace: paceOf({ ...below, backboneRate: 0 }),
          },
        ]),
    {
      name: warm === 0 ? '' : 'joint',
      epochs,
      pace: paceOf(below),
      rules: [leafRule(gain)],
      async end(network, context) {
        const projected = await projectTree(network, known(network), { certainty, boxes }, context);
        return refit > 0 ? refitted(projected, known(projected), refit, context) : projected;
      },
    },
  ],
});

const paceOf = (below: OptionValues<typeof backboneOptions>) => (parameter: string) =>
  paceBelow(below, parameter) ?? Number(parameter !== values.leaves);

const known = (network: Graph) => prototypesOf(network, 'the network') as PrototypeTree;
