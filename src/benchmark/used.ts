import { join } from 'node:path';
import { z } from 'zod/mini';
import { inputError } from '../base/errors.js';
import { exists, readTextIfThere } from '../base/files.js';
import { parseJson } from '../base/json.js';
import { trainingOptions } from '../model/training/options.js';

const named = z.object({ name: z.string() });

const manifestSchema = z.object({
  config: z.object({
    training: z.optional(z.object({ architecture: z.optional(z.union([z.string(), named])) })),
  }),
  data: z.object({ dataset: z.optional(z.string()) }),
  methods: z.array(z.object({ method: z.string() })),
  metrics: z.record(z.string(), z.unknown()),
});

const manifestOf = (run: string) => join(run, 'manifest.json');

/** Whether a folder holds a finished run. */
export const isRun = (folder: string): Promise<boolean> => exists(manifestOf(folder));

/**
 * The names of all that a finished run used: methods, metrics, the data set, and the network unless the model
 * was given. Throws where the folder holds no finished run.
 */
export async function namesUsed(run: string): Promise<string[]> {
  const path = manifestOf(run);
  const text = await readTextIfThere(path);
  if (text === undefined) throw inputError(`${run}: holds no finished run (${path} is missing)`);
  const { config, data, methods, metrics } = parseJson(text, manifestSchema, path);
  const network = config.training?.architecture ?? trainingOptions.architecture.default;
  return [
    ...methods.map(({ method }) => method),
    ...Object.keys(metrics),
    ...(data.dataset === undefined ? [] : [data.dataset]),
    ...(config.training ? [typeof network === 'object' ? network.name : network] : []),
  ];
}
