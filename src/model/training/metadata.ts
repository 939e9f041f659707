import type { Task } from '../../data/sample.js';
import type { Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import type { Normalisation } from '../classifier.js';
import type { Calibration } from './calibration.js';
import type { Epoch } from './history.js';

/** The metadata of a trained network. */
export interface Origin {
  readonly task: Pick<Task, 'name' | 'classes' | 'multiLabel' | 'regression' | 'provenance'>;
  readonly normalisation: Normalisation;
  readonly options: Readonly<Record<string, unknown>>;
  /** The epoch of the stored weights. */
  readonly epoch: Epoch;
  readonly calibration?: Calibration;
}

/** Adds preprocessing, classes and provenance to the graph under the metadata key `sightline`. */
export function withMetadata(
  graph: Graph,
  { task, normalisation, options, epoch, calibration }: Origin,
): Graph {
  const sightline = {
    classes: task.classes,
    normalisation,
    layout: 'NCHW',
    multiLabel: task.multiLabel,
    ...(task.regression && { regression: true }),
    training: {
      task: task.name,
      provenance: task.provenance,
      options,
      ...epoch,
      ...(calibration && { calibration }),
    },
  };
  return { ...graph, metadata: { ...graph.metadata, sightline: JSON.stringify(sightline) } };
}

/** Writes a trained network to one `.onnx` file that `loadClassifier` reads. */
export const saveModel = (path: string, { graph }: { readonly graph: Graph }): Promise<void> =>
  writeOnnx(path, graph);
