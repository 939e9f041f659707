import { hashOfFile } from '../base/files.js';
import type { GivenOptions } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import type { Task } from '../data/sample.js';
import type { Engine } from '../engine/engine.js';
import { writeOnnx } from '../graph/write.js';
import { train } from '../model/training/train.js';
import { requireSeveralLabels } from './dataset.js';
import type { TrainedModel } from './rows.js';
import { timed } from './seconds.js';
import { trainedSchema } from './stepschemas.js';
import type { Store } from './store.js';

/**
 * Trains the run's classifier and writes `model.onnx`. An interrupted training resumes after its last epoch.
 */
export function trainStage(
  task: Task,
  options: GivenOptions,
  engine: Engine,
  store: Store,
  run: RunContext,
): Promise<TrainedModel> {
  const path = store.path('model.onnx');
  const make = async () => {
    requireSeveralLabels(task);
    const checkpoint = store.path('training.npz');
    const { made, seconds } = await timed(() => train(task, options, { engine, run, checkpoint }));
    await writeOnnx(path, made.graph);
    return { history: made.history, seconds, sha256: (await hashOfFile(path))! };
  };
  return store.once('train', trainedSchema, make, async (made) => (await hashOfFile(path)) === made.sha256);
}
