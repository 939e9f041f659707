import type { GivenOptions } from '../../base/options.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Graph } from '../../graph/graph.js';
import type { Normalisation } from '../classifier.js';
import { batchOf } from './batches.js';
import { toldTraining } from './begun-with.js';
import { type Calibration, calibrationOf } from './calibration.js';
import { readCheckpoint, type TrainingState } from './checkpoint.js';
import { scoresOf } from './evaluate.js';
import { bestOf, type Epoch, type History, monitored } from './history.js';
import { withMetadata } from './metadata.js';
import type { TrainingOptions } from './options.js';
import { epochsOf, type TrainContext, trainPhase } from './phase.js';
import { prepareTraining } from './prepare.js';

/** A trained classifier's graph and its training history. */
export interface Trained {
  /** The network of the best epoch, with preprocessing, classes and provenance in its metadata. */
  readonly graph: Graph;
  /** How its images are normalised, by channel. */
  readonly normalisation: Normalisation;
  /** What it was trained with, defaults included. */
  readonly options: TrainingOptions;
  /** Losses and qualities of all epochs. */
  readonly history: History;
  /** The epoch whose weights `graph` holds. */
  readonly best: Epoch;
  /** Of a classifier with validation images: how far its probabilities can be trusted. */
  readonly calibration?: Calibration;
}

/**
 * Trains a classifier for `task`. The same task, options and machine give the same weights, even when
 * training was stopped and resumed from its checkpoint. Throws a usage error for too few classes or invalid
 * options, and an input error without training images or for images or labels that do not fit the task.
 */
export async function train(task: Task, given: GivenOptions, context: TrainContext): Promise<Trained> {
  const { setting, untrained, phases, segments } = await prepareTraining(task, given, context);
  const { options, normalisation } = setting;
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
  const last = epochsOf(phases.at(-1)!, history);
  const best = bestOf(last, options.monitor);
  if (last.every((epoch) => Number.isNaN(monitored(epoch, options.monitor))))
    context.onNote?.(
      `${options.monitor} is undefined for these validation images, as where they are of one class: the last epoch is kept`,
    );
  const { validation, multiLabel, regression } = task;
  const calibration =
    segments || regression || validation.length === 0
      ? undefined
      : calibrationOf(
          await scoresOf(network, context.engine, validation, { normalisation }, context.run),
          validation,
          multiLabel,
        );
  const told = { task, normalisation, options: toldTraining(options), epoch: best, calibration };
  const graph = withMetadata(network, told);
  return { graph, normalisation, options, history, best, calibration };
}

/** The untrained network with what earlier phases changed. */
const withSaved = (graph: Graph, saved: TrainingState['network']): Graph => ({
  ...graph,
  initializers: new Map([...graph.initializers, ...Object.entries(saved?.parameters ?? {})]),
  metadata: { ...graph.metadata, ...saved?.metadata },
});
