import { type Digests, shortDigest } from '../../base/changes.js';
import { inputError, usageError } from '../../base/errors.js';
import { sha256 } from '../../base/files.js';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Graph } from '../../graph/graph.js';
import { formatOnnx } from '../../graph/write.js';
import { buildNetwork } from '../architectures/architecture.js';
import type { Phase } from '../recipe.js';
import { measureNormalisation } from './batches.js';
import { toldTraining } from './begun-with.js';
import { networkFor, optionsWith } from './network.js';
import { statedNormalisation } from './normalisation.js';
import type { TrainingOptions } from './options.js';
import { checkMasks, patchShape, pixelWeights } from './patches.js';
import type { Setting, TrainContext } from './phase.js';
import { checkRegression, inUnits } from './regression.js';
import { samplerOf } from './sampling/registry.js';
import { ofShare } from './share.js';
import { withShuffledLabels } from './shuffle-labels.js';
import { checkSides } from './sides.js';
import { classWeights } from './targets.js';
import { withWeights } from './weights.js';

/** A training before its first step. */
export interface Prepared {
  readonly setting: Setting;
  readonly untrained: Graph;
  readonly phases: readonly Phase[];
  /** Whether the network gives every pixel its logits. */
  readonly segments: boolean;
}

/**
 * Reads the options of a training and builds its network. Throws a usage error for too few classes or invalid
 * options, and an input error without training images or for images or labels that do not fit the task.
 */
export async function prepareTraining(
  whole: Task,
  given: GivenOptions,
  context: TrainContext,
): Promise<Prepared> {
  const declared = networkFor(given.architecture);
  const own = Object.fromEntries(Object.keys(declared.options).map((key) => [key, given[key]]));
  const chosen = readOptions(declared.options, own, declared.name);
  const { architecture: _network, ...specs } = optionsWith(declared);
  const { architecture: _given, ...others } = given;
  const options: TrainingOptions = {
    architecture: declared.name,
    ...readOptions(specs, others, 'training'),
  };
  const file = await declared.read?.(chosen, {
    image: whole.inputShape,
    normalisation: options.normalisation,
    engine: context.engine,
  });
  const architecture = file ? { ...declared, build: file.build } : declared;
  const random = seededRandom(`train/${options.seed}`);
  const task = { ...whole, train: ofShare(whole.train, options.share, random.fork('share')) };
  checkSides(task, options);
  const segments = architecture.segments !== undefined;
  const samples = checkedSamples(task, segments);
  if (task.regression) checkRegression(task, architecture, options);
  const other = segments ? 'auroc' : 'dice';
  if (options.monitor === other)
    throw usageError(
      `option 'monitor' of training got ${other}; ${architecture.name} is ${segments ? 'a segmentation network: loss, accuracy, balanced-accuracy or dice' : 'a classifier: loss, accuracy, balanced-accuracy or auroc'}`,
    );
  const refused = (option: 'views' | 'mix' | 'sampling', wanted: string) =>
    usageError(
      `option '${option}' of training got ${options[option]}; ${architecture.name} is a segmentation network: ${wanted}`,
    );
  if (segments && options.views !== 'none') throw refused('views', 'none');
  if (segments && options.mix !== 'none') throw refused('mix', 'none');
  if (segments && samplerOf(options.sampling).byLoss) throw refused('sampling', 'all or balanced');
  const { inputShape, classes } = task;
  const built = (shape: Task['inputShape']) =>
    buildNetwork(architecture, shape, classes.length, own, random.fork('weights'));
  const raw = built(inputShape);
  const drawn = task.regression ? inUnits(raw, classes[0]!, task.regression) : raw;
  const untrained = options.weights === '' ? drawn : await withWeights(drawn, options.weights);
  const patch = architecture.segments?.(chosen).patch;
  const patches = patch === undefined ? undefined : patchShape(inputShape, patch);
  // Throws where a patch is not a size that the network takes.
  if (patches && patches.join() !== inputShape.join()) built(patches);
  const stated = await statedNormalisation(task, options, file?.normalisation);
  const begun = options.weights || (file && given.backbone);
  if (!stated && begun)
    context.onNote?.(
      `${begun} states no normalisation: images are normalised by mean and standard deviation of the training images (--normalisation states another)`,
    );
  const normalisation = stated ?? measureNormalisation(task.train);
  const shown = options.shuffleLabels ? withShuffledLabels(task, random.fork('labels')) : task;
  const setting: Setting = {
    ...{ task: shown, options, normalisation, random, context, patches },
    weights: segments
      ? pixelWeights(options.classWeights, shown)
      : classWeights(options.classWeights, shown, shown.train),
    settings: {
      ...settingsOf(task, samples, toldTraining({ ...options, normalisation })),
      ...(file && { backboneContent: shortDigest(formatOnnx(untrained)) }),
      ...(options.weights !== '' && { weightsContent: shortDigest(formatOnnx(untrained)) }),
    },
  };
  const phases = architecture.phases?.(chosen, options.epochs) ?? [{ name: '', epochs: options.epochs }];
  return { setting, untrained, phases, segments };
}

/** The settings and samples that a training must share with the checkpoint that it resumes. */
function settingsOf(task: Task, samples: ReturnType<typeof checkedSamples>, options: GivenOptions) {
  const { name, classes, inputShape } = task;
  return { task: name, classes, inputShape, ...samples, ...options };
}

/** Digests of the samples' images and labels, by id. Throws where they do not fit the task. */
function checkedSamples(
  task: Task,
  segments: boolean,
): { readonly train: Digests; readonly validation: Digests } {
  if (task.classes.length < (task.multiLabel || task.regression ? 1 : 2)) {
    throw usageError(`task ${task.name} has ${task.classes.length} classes; a classifier needs at least 2`);
  }
  if (task.train.length === 0) throw inputError(`task ${task.name} has no training images`);
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const checked = ({ id, image, labels, value, mask }: Sample) => {
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
    return [id, shortDigest(`${[...labels, value ?? []]} ${pixels}${marked}`)] as const;
  };
  const digests = { train: task.train.map(checked), validation: task.validation.map(checked) };
  if (segments) checkMasks(task);
  return digests;
}
