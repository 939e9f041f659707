import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { writeWhole } from '../base/files.js';
import type { Task } from '../data/sample.js';
import type { Precision } from '../model/classifier.js';
import type { describeOwn } from './own.js';
import type { BenchmarkResult } from './rows.js';

/**
 * Writes everything that the results depend on: settings, seeds, versions, and hashes of data, model and
 * maps.
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
    engine,
    precision,
    data: provenance,
    task,
    classes,
    images,
    model: { sha256, ...(trained && { epochs: trained.history.length }) },
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

const modules = createRequire(__filename);

/** The versions of Sightline, the engine and Node. */
export function versions(): Readonly<Record<string, string>> {
  const own = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  const engine: { version: string } = modules('onnxruntime-node/package.json');
  return { sightline: own.version, 'onnxruntime-node': engine.version, node: process.versions.node };
}
