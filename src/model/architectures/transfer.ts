import { usageError } from '../../base/errors.js';
import { choice, integer, number, type OptionValues } from '../../base/options.js';
import type { Graph } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import { sizeOf } from '../../tensor/tensor.js';
import { contrastive } from '../contrastive.js';
import type { Phase } from '../recipe.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { backboneOption, mapsOf } from './backbones.js';
import { dropoutOption } from './dropout-option.js';
import { isFile, readBackbone } from './file-backbone.js';
import { concat, dense, dropout, globalAveragePool, globalMaxPool, relu } from './layers.js';

const options = {
  backbone: backboneOption('whose last layer is replaced'),
  backboneRate: number({
    doc: 'factor of the learning rate in the backbone; 0 keeps its weights as they are',
    min: 0,
    max: 1,
    default: 0.1,
  }),
  layerDecay: number({
    doc: 'factor of the learning rate from one part of the backbone to the part before it',
    min: 0.01,
    max: 1,
    default: 1,
  }),
  parts: integer({
    doc: 'parts of equally many layers that the backbone is divided in, from first to last',
    min: 1,
    max: 1000,
    default: 4,
  }),
  thaw: integer({
    doc: 'epochs of the new last layer alone, then of one more part of the backbone each time, from the last to the first; 0 trains all at once',
    min: 0,
    max: 1000,
    default: 0,
  }),
  batchNorms: choice(['trained', 'frozen'], {
    doc: "frozen keeps the backbone's batch normalisations at their weights and running statistics",
    default: 'trained',
  }),
  dropout: dropoutOption,
  pretrain: integer({
    doc: 'epochs before all others in which the backbone learns without labels (SimCLR, arXiv:2002.05709): to tell two changed views of an image from other images',
    min: 0,
    max: 100000,
    default: 0,
  }),
};

type Options = OptionValues<typeof options>;

const HEAD = 'logits';
/** The embedding of an image that pretraining compares; no part of the finished network. */
const EMBEDDING = 'projection.embedding';
const embeddingLength = 128;

const isOfHead = (parameter: string) => parameter.startsWith(`${HEAD}.`);
const isOfProjection = (parameter: string) => parameter.startsWith('projection.');

export const transfer = architecture({
  name: 'transfer',
  doc: 'A network trained elsewhere with a new last layer: the features of an ONNX file (--backbone M.onnx); of a segmentation network, mean and maximum of each of its last maps.',
  options,
  build: (net, image, classes, options) =>
    withHead(net, globalAveragePool(net, 'mean', mapsOf(options.backbone, net, image)), classes, options),
  phases,
  async read({ backbone }, reading) {
    if (!isFile(backbone)) return undefined;
    const { normalisation, add } = await readBackbone(backbone, reading, 'features');
    return {
      build: (net, image, classes, options) => withHead(net, add(net, image), classes, options),
      normalisation,
    };
  },
});

function withHead(net: Net, below: Feature, classes: number, { dropout: share, pretrain }: Options) {
  const features = below.shape.length > 1 ? pooled(net, below) : below;
  if (pretrain > 0) {
    const hidden = relu(
      net,
      'projection.relu',
      dense(net, 'projection.hidden', features, features.shape[0]!),
    );
    dense(net, EMBEDDING, hidden, embeddingLength);
  }
  return dense(net, HEAD, dropout(net, 'dropout', features, share), classes);
}

/** The mean of each map, and its maximum where it has more than one place. */
function pooled(net: Net, maps: Feature): Feature {
  const mean = globalAveragePool(net, 'mean', maps);
  if (sizeOf(maps.shape.slice(1)) === 1) return mean;
  return concat(net, 'pooled', [mean, globalMaxPool(net, 'maximum', maps)]);
}

/** The phases: those of the labels, and one without them before. */
function phases(options: Options, epochs: number): readonly Phase[] {
  const labelled = labelledPhases(options, epochs);
  if (options.pretrain === 0) return labelled;
  const contrast: Phase = {
    ...{ name: 'pretrain', epochs: options.pretrain, pairs: 'all', keeps: 'last' },
    loss: () => contrastive(EMBEDDING),
    pace: (parameter) => Number(!isOfHead(parameter)),
  };
  const last: Phase = { ...labelled.at(-1)!, end: async (network) => withoutUnused(network) };
  return [contrast, ...labelled.slice(0, -1), last];
}

/**
 * The phases of the labels: the head alone, then with more and more parts of the backbone, then all (Howard,
 * Ruder 2018, arXiv:1801.06146).
 */
function labelledPhases(options: Options, epochs: number): readonly Phase[] {
  const { backboneRate, thaw, parts } = options;
  const phase = (name: string, count: number, open: number): Phase => ({
    ...{ name, epochs: count },
    pace: paceOf(open, options),
  });
  if (backboneRate === 0 || thaw === 0) return [phase('', epochs, parts)];
  const rest = epochs - thaw * parts;
  if (rest < 1)
    throw usageError(
      `option 'thaw' got ${thaw}; with ${parts} parts it takes more than ${thaw * parts} epochs (option 'epochs' is ${epochs})`,
    );
  const first = Array.from({ length: parts }, (_, open) =>
    phase(open === 0 ? 'last layer' : `parts from ${parts - open + 1}`, thaw, open),
  );
  return [...first, phase('all', rest, parts)];
}

/** The factor of a parameter's learning rate in a network, while so many of the last parts are open. */
function paceOf(open: number, options: Options): NonNullable<Phase['pace']> {
  const { backboneRate, layerDecay, parts, batchNorms } = options;
  // All parameters of one network are asked about in turn: its layers are found once.
  let known: { readonly network: Graph; readonly layers: Layers } | undefined;
  return (parameter, network) => {
    if (isOfHead(parameter)) return 1;
    if (isOfProjection(parameter)) return 0;
    if (known?.network !== network) known = { network, layers: layersOf(network) };
    const { readers, weighted } = known.layers;
    const reader = readers.get(parameter)!;
    if (batchNorms === 'frozen' && network.nodes[reader]!.op === 'BatchNormalization') return 0;
    const before = weighted.filter((node) => node <= reader).length;
    const part = Math.floor((Math.max(0, before - 1) * parts) / Math.max(1, weighted.length));
    const later = parts - 1 - part;
    return later < open ? backboneRate * layerDecay ** later : 0;
  };
}

interface Layers {
  /** The place of the first node that reads each initializer. */
  readonly readers: ReadonlyMap<string, number>;
  /** The places of the nodes that read the weight of a layer of the backbone. */
  readonly weighted: readonly number[];
}

function layersOf(network: Graph): Layers {
  const readers = readersOf(network);
  const weighted = [...readers].filter(([name]) => isWeight(name, network)).map(([, node]) => node);
  return { readers, weighted: [...new Set(weighted)] };
}

/** Initializer -> the place of the first node that reads it. */
const readersOf = (network: Graph): ReadonlyMap<string, number> =>
  new Map(
    network.nodes
      .flatMap(({ inputs }, at) =>
        inputs.filter((name) => network.initializers.has(name)).map((name) => [name, at] as const),
      )
      .reverse(),
  );

/** Whether a parameter is the weight of one of the backbone's layers, not a bias or a scale. */
const isWeight = (name: string, { initializers }: Graph): boolean =>
  !isOfHead(name) &&
  !isOfProjection(name) &&
  initializers.get(name)!.type === 'float32' &&
  initializers.get(name)!.shape.length > 1;
