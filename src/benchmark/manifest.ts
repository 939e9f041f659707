import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod/mini';
import { readTextIfThere, writeWhole } from '../base/files.js';
import { parseJson, type Schema } from '../base/json.js';
import type { Task } from '../data/sample.js';
import type { Precision } from '../model/classifier.js';
import type { describeOwn } from './own.js';
import type { BenchmarkResult } from './rows.js';

/**
 * Writes everything that the results depend on: settings, seeds, versions, the kind of processor, and hashes
 * of data, model and maps.
 */
export async function writeManifest(
  result: BenchmarkResult,
  config: object,
  own: ReturnType<typeof describeOwn>,
  { provenance }: Task,
  {
    engine,
    precision,
    sha256,
  }: { readonly engine: string; readonly precision: Precision; readonly sha256: string },
  path: string,
): Promise<void> {
  const { target, task, classes, images, trained, chosen, methods, metrics, removals, skipped, seconds } =
    result;
  const manifest = {
    format: 'sightline-run',
    version: 1,
    config,
    versions: versions(),
    processor: cpus()[0]?.model,
    engine,
    precision,
    data: provenance,
    task,
    classes,
    images,
    model: { sha256, ...result.read, ...(trained && { epochs: trained.history.length }) },
    quantity: target ?? 'raw output',
    test: chosen,
    methods: methods.map(({ seconds: _, ...row }) => row),
    metrics,
    removals,
    ...(own.length > 0 && { own }),
    skipped,
    seconds,
  };
  await writeWhole(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What is read again of a run's manifest. */
export interface RunManifest {
  /** The prepared data: runs on the same images have the same hash. */
  readonly data: { readonly contentHash?: string };
  readonly model: { readonly sha256: string };
  readonly methods: readonly {
    readonly method: string;
    readonly sha256?: string;
    readonly forward?: number;
    readonly backward?: number;
    /** Other methods whose maps are the same. */
    readonly sameAs?: readonly string[];
  }[];
  readonly classes?: readonly string[];
}

const manifestSchema: Schema<RunManifest> = z.object({
  data: z.object({ contentHash: z.optional(z.string()) }),
  model: z.object({ sha256: z.string() }),
  methods: z.array(
    z.object({
      method: z.string(),
      sha256: z.optional(z.string()),
      forward: z.optional(z.number()),
      backward: z.optional(z.number()),
      sameAs: z.optional(z.array(z.string())),
    }),
  ),
  classes: z.optional(z.array(z.string())),
});

/** The manifest of a run's folder, where there is one. */
export async function readManifest(run: string): Promise<RunManifest | undefined> {
  const path = join(run, 'manifest.json');
  const text = await readTextIfThere(path);
  return text === undefined
    ? undefined
    : parseJson(text, manifestSchema, path, 'give the folder of a finished run');
}

const modules = createRequire(__filename);

/** The versions of Sightline, the engine and Node. */
export function versions(): Readonly<Record<string, string>> {
  const own = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  const engine: { version: string } = modules('onnxruntime-node/package.json');
  return { sightline: own.version, 'onnxruntime-node': engine.version, node: process.versions.node };
}
