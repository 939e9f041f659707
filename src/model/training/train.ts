import { type Digests, shortDigest } from '../../base/changes.js';
import { inputError, usageError } from '../../base/errors.js';
import { sha256 } from '../../base/files.js';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Graph } from '../../graph/graph.js';
import { type Architecture, buildNetwork } from '../architectures/architecture.js';
import { architectureOf } from '../architectures/registry.js';
import type { Normalisation } from '../classifier.js';
import type { Phase } from '../recipe.js';
import { batchOf, measureNormalisation } from './batches.js';
import { readCheckpoint, type TrainingState } from './checkpoint.js';
import { bestOf, type Epoch, type History } from './history.js';
import { withMetadata } from './metadata.js';
import { type TrainingOptions, trainingOptions } from './options.js';
import { checkMasks, patchShape, pixelWeights } from './patches.js';
import { epochsOf, type Setting, type TrainContext, trainPhase } from './phase.js';
import { withShuffledLabels } from './shuffle-labels.js';
import { classWeights } from './targets.js';

/** A trained classifier's graph and its training history. */
export interface Trained {
  /** The network of the best epoch, with preprocessing, classes and provenance in its metadata. */
  readonly graph: Graph;
  /** Mean and standard deviation of the training images by channel. */
  readonly normalisation: Normalisation;
  /** What it was trained with, defaults included. */
  readonly options: TrainingOptions;
  /** Losses and qualities of all epochs. */
  readonly history: History;
  /** The epoch whose weights `graph` holds. */
  readonly best: Epoch;
}

/** All options of training with `architecture`. */
export const optionsWith = (architecture: string | Architecture) => {
  const { options } = architectureOf(architecture);
  return { ...trainingOptions, ...options };
};

/** The architecture that the option `architecture` names or contains. */
export function networkFor(given: unknown): Architecture {
  if (isArchitecture(given)) return architectureOf(given);
  const { architecture } = trainingOptions;
  return architectureOf(readOptions({ architecture }, { architecture: given }, 'training').architecture);
}

const isArchitecture = (given: unknown): given is Architecture =>
  typeof given === 'object' && given !== null && 'build' in given;

/**
 * Trains a classifier for `task`. The same task, options and machine give the same weights, even when
 * training was stopped and resumed from its checkpoint. Throws a usage error for too few classes or invalid
 * options, and an input error without training images or for images or labels that do not fit the task.
 */
export async function train(task: Task, given: GivenOptions, context: TrainContext): Promise<Trained> {
  const declared = networkFor(given.architecture);
  const own = Object.fromEntries(Object.keys(declared.options).map((key) => [key, given[key]]));
  const chosen = readOptions(declared.options, own, declared.name);
  const build = await declared.read?.(chosen, task.inputShape, context.engine);
  const architecture = build ? { ...declared, build } : declared;
  const { architecture: _network, ...specs } = optionsWith(declared);
  const { architecture: _given, ...others } = given;
  const options: TrainingOptions = {
    architecture: architecture.name,
    ...readOptions(specs, others, 'training'),
  };
  const segments = architecture.segments !== undefined;
  const samples = checkedSamples(task, segments);
  const other = segments ? 'auroc' : 'dice';
  if (options.monitor === other)
    throw usageError(
      `option 'monitor' of training got ${other}; ${architecture.name} is ${segments ? 'a segmentation network: loss, accuracy, balanced-accuracy or dice' : 'a classifier: loss, accuracy, balanced-accuracy or auroc'}`,
    );
  if (segments && options.views !== 'none')
    throw usageError(
      `option 'views' of training got ${options.views}; ${architecture.name} is a segmentation network: none`,
    );
  const random = seededRandom(`train/${options.seed}`);
  const { inputShape, classes } = task;
  const built = (shape: Task['inputShape']) =>
    buildNetwork(architecture, shape, classes.length, own, random.fork('weights'));
  const untrained = built(inputShape);
  const patch = architecture.segments?.(chosen).patch;
  const patches = patch === undefined ? undefined : patchShape(inputShape, patch);
  // Throws where a patch is not a size that the network takes.
  if (patches && patches.join() !== inputShape.join()) built(patches);
  const normalisation = measureNormalisation(task.train);
  const shown = options.shuffleLabels ? withShuffledLabels(task, random.fork('labels')) : task;
  const setting: Setting = {
    ...{ task: shown, options, normalisation, random, context, patches },
    weights: segments
      ? pixelWeights(options.classWeights, shown)
      : classWeights(options.classWeights, shown, shown.train),
    settings: settingsOf(task, samples, options),
  };
  const whole: Phase = { name: '', epochs: options.epochs };
  const phases = architecture.phases?.(chosen, options.epochs) ?? [whole];
  const epochs = phases.reduce((sum, phase) => sum + phase.epochs, 0);
  const before = context.checkpoint ? await readCheckpoint(context.checkpoint, setting.settings) : undefined;
  const from = before ? phases.findIndex((phase) => epochsOf(phase, before.history.slice(-1)).length > 0) : 0;
  const input = (chosen: readonly Sample[]) =>
    batchOf(
      chosen.map(({ image }) => image),
      normalisation,
    );
  let network = withSaved(untrained, before?.network);
  let history = before?.history ?? [];
  for (const [index, phase] of phases.entries()) {
    if (index < from) continue;
    const resumed = index === from ? before : undefined;
    const start = { network, untrained: index === 0, history, epochs, resumed };
    const { network: trained, history: longer } = await trainPhase(phase, start, setting);
    history = longer;
    network = phase.end ? await phase.end(trained, { task, input, ...context }) : trained;
  }
  const best = bestOf(epochsOf(phases.at(-1)!, history), options.monitor);
  const graph = withMetadata(network, { task, normalisation, options, epoch: best });
  return { graph, normalisation, options, history, best };
}

/** The untrained network with what earlier phases changed. */
const withSaved = (graph: Graph, saved: TrainingState['network']): Graph => ({
  ...graph,
  initializers: new Map([...graph.initializers, ...Object.entries(saved?.parameters ?? {})]),
  metadata: { ...graph.metadata, ...saved?.metadata },
});

/** The settings and samples that a training must share with the checkpoint that it resumes. */
function settingsOf(task: Task, samples: ReturnType<typeof checkedSamples>, options: TrainingOptions) {
  const { name, classes, inputShape } = task;
  return { task: name, classes, inputShape, ...samples, ...options };
}

/** Digests of the samples' images and labels, by id. Throws where they do not fit the task. */
function checkedSamples(
  task: Task,
  segments: boolean,
): { readonly train: Digests; readonly validation: Digests } {
  if (task.classes.length < (task.multiLabel ? 1 : 2)) {
    throw usageError(`task ${task.name} has ${task.classes.length} classes; a classifier needs at least 2`);
  }
  if (task.train.length === 0) throw inputError(`task ${task.name} has no training images`);
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const checked = ({ id, image, labels, mask }: Sample) => {
    if (String(image.shape) !== String(task.inputShape)) {
      throw inputError(`image ${id} has shape [${image.shape}]; the task's is [${task.inputShape}]`);
    }
    const known = labels.every(
      (label) => Number.isInteger(label) && label >= 0 && label < task.classes.length,
    );
    if (!known || (!task.multiLabel && labels.length !== 1)) {
      throw inputError(
        `image ${id} has labels [${labels}]; task ${task.name} has ${task.classes.length} classes${task.multiLabel ? '' : ', one for each image'}`,
      );
    }
    const pixels = sha256(bytes(image.data));
    const marked = segments && mask ? ` ${sha256(bytes(mask.data))}` : '';
    return [id, shortDigest(`${labels} ${pixels}${marked}`)] as const;
  };
  const digests = { train: task.train.map(checked), validation: task.validation.map(checked) };
  if (segments) checkMasks(task);
  return digests;
}
