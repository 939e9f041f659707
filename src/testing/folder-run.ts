import { join } from 'node:path';
import { readOptions } from '../base/options.js';
import { benchmarkOptions } from '../benchmark/plan.js';
import type { BenchmarkRequest } from '../benchmark/run-plan.js';

/** A benchmark of `model.onnx` in `root` on the images `in` and masks `masks` beside it, into `run`. */
export const folderRun = (root: string, options: Readonly<Record<string, unknown>>): BenchmarkRequest => ({
  data: {
    dataset: 'folder',
    root,
    datasetOptions: { format: 'masks', images: 'in', annotations: 'masks', ids: 'files' },
    image: { size: 8, channels: 1 },
    split: { train: 0.2, validation: 0.2, test: 0.6 },
  },
  training: {},
  options: readOptions(
    benchmarkOptions,
    { model: join(root, 'model.onnx'), normalisation: 'zero-one', ...options },
    'benchmark',
  ),
  out: join(root, 'run'),
  drawn: root,
});
