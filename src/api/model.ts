import { inspect } from 'node:util';
import type { OptionsFor, OptionsOf } from '../base/options.js';
import type { NameIn } from '../base/registry.js';
import type { Task } from '../data/sample.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntimeOnCores } from '../engine/onnxruntime.js';
import { runHere } from '../figures/here.js';
import type { Graph } from '../graph/graph.js';
import { writeOnnx } from '../graph/write.js';
import type { Architecture } from '../model/architectures/architecture.js';
import type { architectures } from '../model/architectures/registry.js';
import type { Classifier } from '../model/classifier.js';
import { classifierOf, type LoadOptions, loadClassifier } from '../model/load.js';
import { checkLoadOptions } from '../model/load-options.js';
import type { Calibration } from '../model/training/calibration.js';
import { findRate, type RateTest } from '../model/training/find-rate.js';
import type { History } from '../model/training/history.js';
import type { trainingOptions } from '../model/training/options.js';
import { train } from '../model/training/train.js';

let shared: Engine | undefined;

/** The engine of all models without their own; started when first needed. */
export const sharedEngine = (): Engine => (shared ??= onnxRuntimeOnCores());

/**
 * Loads an ONNX classifier: one that Sightline trained, or any other, with its normalisation and classes as
 * options where its file does not hold them. Throws where the file is no classifier, and for unknown options.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Classifier> {
  checkLoadOptions(options);
  return shownBriefly(await loadClassifier(path, { engine: sharedEngine(), ...options }));
}

/** Leaves out of what a notebook shows and saves of a model its path, its file's metadata and its graph. */
function shownBriefly(model: Classifier): Classifier {
  const { input, output, classes, head, precision } = model;
  return Object.defineProperty(model, inspect.custom, {
    value: () => ({ input, output, classes, head, precision }),
  });
}

/** Options of a training and of its network: a registered name or your own. */
export type TrainingFor<A> = Omit<OptionsOf<typeof trainingOptions>, 'architecture'> & {
  readonly architecture?: A;
} & OptionsFor<typeof architectures, A>;

interface TrainingCallbacks {
  readonly onEpoch?: (history: History) => void;
}

/**
 * Trains a classifier of a task, writes it to `path`, and loads it. An interrupted training resumes from its
 * last epoch when called again. `onEpoch` gets the history after each epoch.
 */
export async function trainModel<A extends NameIn<typeof architectures> | Architecture = 'resnet-small'>(
  task: Task,
  path: string,
  options?: TrainingFor<A> & TrainingCallbacks,
): Promise<{ model: Classifier; history: History; calibration?: Calibration }> {
  const { onEpoch, ...given }: TrainingCallbacks = options ?? {};
  const engine = sharedEngine();
  const { graph, history, calibration } = await runHere((run) =>
    train(task, given, { engine, run, checkpoint: `${path}.training.npz`, onEpoch }),
  );
  await writeOnnx(path, graph);
  return { model: await loadModel(path), history, calibration };
}

/**
 * Tests learning rates from 1e-6 to 1 on a network, in so many steps at least, and suggests one. The network
 * is thrown away.
 */
export const testRates = <A extends NameIn<typeof architectures> | Architecture = 'resnet-small'>(
  task: Task,
  options: TrainingFor<A>,
  steps = 100,
): Promise<RateTest> => runHere((run) => findRate(task, options, { engine: sharedEngine(), run }, steps));

/** Loads a classifier from a graph in memory, as `loadModel` does from a file. */
export async function modelOf(graph: Graph, options: LoadOptions = {}): Promise<Classifier> {
  checkLoadOptions(options);
  return shownBriefly(await classifierOf(graph, graph.name, { engine: sharedEngine(), ...options }));
}
