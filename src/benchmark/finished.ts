import { dirname, join } from 'node:path';
import { z } from 'zod/mini';
import { methods as registry } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { inputError, usageError } from '../base/errors.js';
import { exists, hashOfFile, readTextIfThere } from '../base/files.js';
import { parseJson, whole } from '../base/json.js';
import { listed } from '../base/names.js';
import { readTable } from '../data/formats/table.js';
import { openPrepared } from '../data/prepare/index.js';
import { metrics } from '../evaluation/index.js';
import { hashModelFiles } from '../graph/model-files.js';
import { headNames } from '../model/head.js';
import { normalisationOption } from '../model/normalisation.js';
import { mapFile } from './explain.js';
import { readManifest } from './manifest.js';
import { benchmarkOptions } from './plan.js';
import { tunedSchema } from './tuned.js';

/** The settings of a run that its scores depend on. */
const configSchema = z.looseObject({
  explain: whole(1),
  samples: whole(1),
  budget: z.optional(whole(1)),
  tuned: z.optional(tunedSchema),
  steps: whole(1),
  unit: z.optional(z.enum(['pixels', 'millimetres'])),
  seed: whole(),
  cases: z.optional(z.string()),
  precision: z.optional(z.string()),
  normalisation: z.optional(z.unknown()),
  head: z.optional(z.enum(headNames)),
  target: z.optional(z.string()),
  model: z.optional(z.string()),
  weights: z.optional(z.record(z.string(), z.string())),
  prepared: z.optional(z.string()),
});

/**
 * A finished run: its settings, the methods whose maps it holds, and the metrics that it was scored by.
 * Throws where the folder holds none, or where its maps, model or data are not there or have changed.
 */
export async function finishedRun(out: string, given: { readonly model?: string; readonly data?: string }) {
  const missing = (name: string) =>
    inputError(`${join(out, name)}: not there; evaluate takes the folder of a finished benchmark`);
  const text = await readTextIfThere(join(out, 'config.json'));
  if (text === undefined) throw missing('config.json');
  const config = parseJson(text, configSchema, join(out, 'config.json'));
  const manifest = await readManifest(out);
  if (manifest === undefined) throw missing('manifest.json');
  const lacking = [
    ...(config.model !== undefined && given.model === undefined
      ? [{ what: 'a model', flag: '--model' }]
      : []),
    ...(config.prepared !== undefined && given.data === undefined
      ? [{ what: 'a prepared set', flag: '--data' }]
      : []),
  ];
  if (lacking.length > 0) {
    const [what, flags] = [listed(lacking.map((one) => one.what)), listed(lacking.map(({ flag }) => flag))];
    const [were, them] = lacking.length > 1 ? ['were', 'them'] : ['was', 'it'];
    throw usageError(`${out} is a run of ${what} that ${were} given; give ${them} again with ${flags}`);
  }
  const model = given.model ?? join(out, 'model.onnx');
  const now = await hashOfFile(model);
  if (now !== manifest.model.sha256)
    throw inputError(`${model}: ${now === undefined ? 'not there' : 'is not the model of the run'}`);
  for (const [file, sha256] of (await hashModelFiles(model)).weights) {
    if (config.weights?.[file] !== sha256)
      throw inputError(`${join(dirname(model), file)}: does not hold the weights of the run`);
  }
  const data = given.data ?? join(out, 'prepared');
  if (!(await exists(data))) throw inputError(`${data}: the run's prepared set is not there`);
  const { contentHash } = (await openPrepared(data)).provenance;
  if (manifest.data.contentHash !== undefined && contentHash !== manifest.data.contentHash)
    throw inputError(
      `${data}: is not the prepared set of the run, or holds other images, masks, labels or classes by now`,
    );
  const known = manifest.methods.filter(({ method }) => method in registry);
  for (const { method, sha256 } of known) {
    const path = mapFile(out, method);
    const found = await hashOfFile(path);
    if (found === undefined || (sha256 !== undefined && found !== sha256))
      throw inputError(`${path}: ${found === undefined ? 'not there' : 'is not what the run made'}`);
  }
  const { rows } = await readTable(join(out, 'summary.csv'), ['metric'], "a run's summary");
  const scored = [...new Set(rows.map((row) => row.metric!))].filter((name) => name in metrics);
  const methods = known.map(({ method }) => (registry as Readonly<Record<string, Method>>)[method]!);
  const asked = {
    cases: benchmarkOptions.cases.read(config.cases ?? 'correct'),
    precision: benchmarkOptions.precision.read(config.precision ?? 'auto'),
    normalisation: normalisationOption.read(config.normalisation),
  };
  if (asked.cases === undefined || asked.precision === undefined)
    throw inputError(`${join(out, 'config.json')}: cases or precision hold no setting of a benchmark`);
  const { cases, precision, normalisation } = asked;
  return { settings: { ...config, cases, precision, normalisation }, config, manifest, methods, scored };
}
