import { readFile } from 'node:fs/promises';
import { sha256 } from '../base/files.js';
import type { GivenOptions } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import type { Task } from '../data/sample.js';
import type { Engine } from '../engine/engine.js';
import { writeOnnx } from '../graph/write.js';
import type { History } from '../model/training/history.js';
import { train } from '../model/training/train.js';
import type { Store } from './store.js';

export interface TrainedModel {
  readonly history: History;
  readonly seconds: number;
  readonly sha256: string;
}

/** Trains the run's classifier into `model.onnx`; goes on from the last epoch where it was stopped. */
export function trainStage(
  task: Task,
  options: GivenOptions,
  engine: Engine,
  store: Store,
  run: RunContext,
): Promise<TrainedModel> {
  return store.once('train', async () => {
    const begun = performance.now();
    const checkpoint = store.path('training.npz');
    const { graph, history } = await train(task, options, { engine, run, checkpoint });
    const path = store.path('model.onnx');
    await writeOnnx(path, graph);
    return { history, seconds: (performance.now() - begun) / 1000, sha256: sha256(await readFile(path)) };
  });
}
