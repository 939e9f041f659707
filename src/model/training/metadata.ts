import type { Task } from '../../data/sample.js';
import type { Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import type { Normalisation } from '../classifier.js';
import type { Epoch } from './history.js';

/** What a trained network's file says beside the network itself. */
export interface Origin {
  readonly task: Pick<Task, 'name' | 'classes' | 'multiLabel' | 'provenance'>;
  readonly normalisation: Normalisation;
  readonly options: Readonly<Record<string, unknown>>;
  /** The epoch that the weights are from. */
  readonly epoch: Epoch;
}

/** The graph with preprocessing, classes and provenance under the metadata key `sightline`. */
export function withMetadata(graph: Graph, { task, normalisation, options, epoch }: Origin): Graph {
  const sightline = {
    classes: task.classes,
    normalisation,
    layout: 'NCHW',
    multiLabel: task.multiLabel,
    training: { task: task.name, provenance: task.provenance, options, ...epoch },
  };
  return { ...graph, metadata: { ...graph.metadata, sightline: JSON.stringify(sightline) } };
}

/** Writes a trained network as one `.onnx` file that `loadClassifier` reads. */
export const saveModel = (path: string, { graph }: { readonly graph: Graph }): Promise<void> =>
  writeOnnx(path, graph);
