import { type Digests, shortDigest } from '../../base/changes.js';
import { inputError, usageError } from '../../base/errors.js';
import { sha256 } from '../../base/files.js';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint as pause, type RunContext } from '../../base/run.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Arrays, Engine } from '../../engine/engine.js';
import type { Graph } from '../../graph/graph.js';
import { type Architecture, buildNetwork } from '../architectures/architecture.js';
import { architectureOf } from '../architectures/registry.js';
import type { Normalisation } from '../classifier.js';
import { probe } from '../probe.js';
import { measureNormalisation } from './batches.js';
import { readCheckpoint, type TrainingState, writeCheckpoint } from './checkpoint.js';
import { paceOf, trainEpoch } from './epoch.js';
import { evaluate } from './evaluate.js';
import { bestOf, type Epoch, type History } from './history.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './loss.js';
import { withMetadata } from './metadata.js';
import { optimiserOf } from './optimisers/registry.js';
import { type TrainingOptions, trainingOptions } from './options.js';
import { severalSteps } from './several.js';
import { trainingStep, withState } from './step.js';
import { classWeights } from './targets.js';

export interface TrainContext {
  readonly engine: Engine;
  readonly run: RunContext;
  /** A `.npz` file, written after each epoch. If it exists, training resumes from it. */
  readonly checkpoint?: string;
  /** Called after each epoch, for example to plot a learning curve. */
  readonly onEpoch?: (history: History) => void | Promise<void>;
}

/** A trained classifier's graph and its training history. */
export interface Trained {
  /** The network of the best epoch, with preprocessing, classes and provenance in its metadata. */
  readonly graph: Graph;
  /** Mean and standard deviation of the training images by channel. */
  readonly normalisation: Normalisation;
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
  const architecture = networkFor(given.architecture);
  const { architecture: _network, ...specs } = optionsWith(architecture);
  const { architecture: _given, ...others } = given;
  const options: TrainingOptions = {
    architecture: architecture.name,
    ...readOptions(specs, others, 'training'),
  };
  const samples = checkedSamples(task);
  const random = seededRandom(`train/${options.seed}`);
  const own = Object.fromEntries(Object.keys(architecture.options).map((key) => [key, given[key]]));
  const { inputShape, classes } = task;
  const untrained = buildNetwork(architecture, inputShape, classes.length, own, random.fork('weights'));
  const settings = settingsOf(task, samples, options);
  const normalisation = measureNormalisation(task.train);
  const weights = classWeights(options.classWeights, task, task.train);
  const shapes = await probe(untrained, untrained.inputs[0]!, inputShape, context.engine);
  const loss = task.multiLabel ? sigmoidCrossEntropy : softmaxCrossEntropy;
  const optimiser = optimiserOf(options.optimiser);
  const single = trainingStep(untrained, shapes, loss, optimiser, options, context.engine.name);
  const pace = paceOf(context.engine.name);
  const step = pace.steps > 1 ? severalSteps(single) : single;
  const before = context.checkpoint ? await readCheckpoint(context.checkpoint, settings) : undefined;
  let progress: TrainingState = before ?? { history: [], state: step.state, best: {} };
  const program = await context.engine.compile(step.graph, { carry: step.carry, state: progress.state });
  try {
    while (!finished(progress.history, options)) {
      const number = progress.history.length + 1;
      const training = { task, options, normalisation, weights, step, shapes, program, pace, random };
      const done = await trainEpoch(training, number, context.run);
      const state = await program.state();
      const graph = withState(untrained, step.network, state);
      const validation =
        task.validation.length > 0
          ? await evaluate(
              graph,
              context.engine,
              task,
              task.validation,
              { normalisation, weights },
              context.run,
            )
          : undefined;
      const epoch: Epoch = { epoch: number, ...done, ...(validation && { validation }) };
      const history = [...progress.history, epoch];
      const isBest = bestOf(history, options.monitor) === epoch;
      progress = { history, state, best: isBest ? networkOf(step.network, state) : progress.best };
      if (context.checkpoint) await writeCheckpoint(context.checkpoint, progress, settings);
      await context.onEpoch?.(history);
      await pause(context.run);
    }
  } finally {
    await program.dispose();
  }
  const best = bestOf(progress.history, options.monitor);
  const graph = withMetadata(withState(untrained, step.network, progress.best), {
    task,
    normalisation,
    options,
    epoch: best,
  });
  return { graph, normalisation, history: progress.history, best };
}

function finished(history: History, { epochs, patience, monitor }: TrainingOptions): boolean {
  if (history.length >= epochs) return true;
  return patience > 0 && history.length > 0 && history.length - bestOf(history, monitor).epoch >= patience;
}

const networkOf = (network: readonly string[], state: Arrays): Arrays =>
  Object.fromEntries(network.map((name) => [name, state[name]!]));

/** The settings and samples that a training must share with the checkpoint that it resumes. */
function settingsOf(task: Task, samples: ReturnType<typeof checkedSamples>, options: TrainingOptions) {
  const { name, classes, inputShape } = task;
  return { task: name, classes, inputShape, ...samples, ...options };
}

/** Digests of the samples' images and labels, by id. Throws where they do not fit the task. */
function checkedSamples(task: Task): { readonly train: Digests; readonly validation: Digests } {
  if (task.classes.length < (task.multiLabel ? 1 : 2)) {
    throw usageError(`task ${task.name} has ${task.classes.length} classes; a classifier needs at least 2`);
  }
  if (task.train.length === 0) throw inputError(`task ${task.name} has no training images`);
  const checked = ({ id, image, labels }: Sample) => {
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
    const { buffer, byteOffset, byteLength } = image.data;
    const pixels = sha256(new Uint8Array(buffer, byteOffset, byteLength));
    return [id, shortDigest(`${labels} ${pixels}`)] as const;
  };
  return { train: task.train.map(checked), validation: task.validation.map(checked) };
}
