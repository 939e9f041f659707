import { dirname, join } from 'node:path';
import { z } from 'zod/mini';
import { readTextIfThere, writeWhole } from '../base/files.js';
import { maximumJson, parseJson } from '../base/json.js';
import { readOptions } from '../base/options.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { datasetOf, identityOf, openArchive, prepareTask, trainingFor } from '../benchmark/dataset.js';
import { readMap } from '../benchmark/explain.js';
import { benchmarkOptions } from '../benchmark/plan.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { benchmark } from '../benchmark/run.js';
import type { Engine } from '../engine/engine.js';
import type { PrecisionChoice } from '../model/precision.js';
import { type Role, roles } from '../synthetic/problem/problem.js';
import { imagesOf } from './images.js';
import { enrichment, masksOf, massOn } from './roles.js';
import type { Scenario } from './suites.js';

/** What a suite runs besides its scenarios. */
export interface SuiteSettings {
  readonly methods: string;
  readonly metrics: string;
  /** Models of each scenario; the problem is the same, first weights and order are not. */
  readonly seeds: number;
  /** Most test images of a model to explain. */
  readonly explain: number;
  readonly precision: PrecisionChoice;
  /** What is explained, such as `class:1-0`; by default the output of each image's own class. */
  readonly target?: string | undefined;
}

/** Every model of a scenario explains the same test images, whether it has them right or not. */
export const suiteCases = { cases: 'all', seed: 0 } as const;

const rowSchema = z.object({
  method: z.string(),
  family: z.string(),
  /** Score of each explained image by metric, and by its pixels of each role; null where undefined. */
  values: z.record(z.string(), z.array(z.nullable(z.number()))),
});
const modelSchema = z.object({
  /** Of a regression its R2. */
  accuracy: z.number(),
  /** Test images; annotated ones that the model has right, and annotated ones that were explained. */
  test: z.int(),
  right: z.int(),
  explained: z.int(),
  /** The explained images: whether the model has them right, and whether it looks at the cause. */
  images: z.array(z.object({ id: z.string(), right: z.boolean(), changes: z.boolean() })),
  methods: z.array(rowSchema),
  skipped: z.array(z.object({ method: z.string(), skipped: z.string() })),
});

/** One model of a scenario: its quality, and the scores of each method. */
export type ModelResult = z.infer<typeof modelSchema>;

/** A scenario and its models. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly models: readonly ModelResult[];
  /** The folders of the models' benchmarks. */
  readonly folders: readonly string[];
}

/**
 * Runs each scenario of a suite with several models below `out`: draws its problem, trains, explains by
 * each method, scores. A finished model is not run again, and an interrupted one resumes.
 */
export async function runSuite(
  scenarios: readonly Scenario[],
  settings: SuiteSettings,
  out: string,
  engine: Engine,
  run: RunContext,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const folders = Array.from({ length: settings.seeds }, (_, seed) =>
      join(out, scenario.name, `model-${seed}`),
    );
    const models: ModelResult[] = [];
    for (const [seed, folder] of folders.entries()) {
      await checkpoint(run);
      models.push(
        await runModel(scenario, settings, { seed, folder, drawn: join(out, 'data') }, engine, run),
      );
    }
    results.push({ scenario, models, folders });
  }
  return results;
}

async function runModel(
  { dataset, options, training, task }: Scenario,
  { methods, metrics, explain, precision, target }: SuiteSettings,
  { seed, folder, drawn }: { readonly seed: number; readonly folder: string; readonly drawn: string },
  engine: Engine,
  run: RunContext,
): Promise<ModelResult> {
  const path = join(folder, 'ground-truth.json');
  const images = await identityOf(datasetOf(dataset), options);
  const asked = JSON.stringify({ methods, metrics, explain, precision, target, images, ...task, training });
  const before = await readTextIfThere(path, maximumJson);
  if (before !== undefined) {
    const found = parseJson(before, z.object({ asked: z.string(), result: modelSchema }), path);
    if (found.asked === asked) return found.result;
  }
  const data = { dataset, datasetOptions: options, ...task } as const;
  const prepared = preparedOf(folder);
  await prepareTask(data, prepared, drawn, run);
  const result = await benchmark(
    {
      data: { prepared },
      training: { ...trainingFor(dataset, training), seed },
      options: readOptions(
        benchmarkOptions,
        { methods, metrics, explain, precision, target, ...suiteCases },
        'ground-truth',
      ),
      out: folder,
      drawn,
    },
    engine,
    run,
  );
  const { records } = await openArchive(data, drawn, run);
  const byId = new Map(records.map((record) => [record.id, record]));
  const masks = await Promise.all(result.cases.samples.map(({ id }) => masksOf(byId.get(id)!)));
  const rows = result.methods.map(async ({ method, family }) => {
    const maps = await Promise.all(masks.map((_, i) => readMap(folder, method, i)));
    const ofRole = (name: string, role: Role, score: typeof massOn) =>
      masks.some((own) => own[role])
        ? { [name]: masks.map((own, i) => finite(own[role] ? score(maps[i]!, own[role]) : Number.NaN)) }
        : {};
    const ofRoles = roles.map((role) => ({
      ...ofRole(enrichmentOf(role), role, enrichment),
      ...ofRole(massNameOf(role), role, massOn),
    }));
    return { method, family, values: Object.assign(scoresOf(result, method), ...ofRoles) };
  });
  const { errors, test, right, explained } = result.chosen;
  const accuracy = errors?.r2 ?? result.chosen.accuracy;
  const made: ModelResult = {
    ...{ accuracy, test, right, explained },
    images: await imagesOf(result, folder, prepared, precision, engine, run),
    methods: await Promise.all(rows),
    skipped: result.skipped.map(({ method, skipped }) => ({ method, skipped })),
  };
  await writeWhole(path, `${JSON.stringify({ asked, result: made }, null, 1)}\n`);
  return made;
}

/** The prepared set that all models of a problem share, by the folder of one of them. */
export const preparedOf = (folder: string): string => join(dirname(folder), 'prepared');

export const enrichmentOf = (role: Role): string => `enrichment of ${role}`;
export const massNameOf = (role: Role): string => `mass on ${role}`;

/** The scores of a method's maps by metric, image by image. */
function scoresOf({ scores, metrics }: BenchmarkResult, method: string): Record<string, (number | null)[]> {
  const own = scores.filter((row) => row.method === method);
  const by = (name: string) => own.flatMap(({ metric, value }) => (metric === name ? [value] : []));
  return Object.fromEntries(Object.keys(metrics).map((name) => [name, by(name)]));
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
