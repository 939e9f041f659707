import { join } from 'node:path';
import { z } from 'zod/mini';
import { readTextIfThere, writeWhole } from '../../../base/files.js';
import { maximumJson, parseJson, type Schema, whole } from '../../../base/json.js';
import { pooled } from '../../../base/pool.js';
import { checkpoint, isStopped, type RunContext } from '../../../base/run.js';
import type { ImageRecord } from '../../record.js';
import { type Print, printOf, readPrint, type WrittenPrint, written } from './print.js';
import { readRaster } from './raster.js';
import type { Decode } from './source.js';

const FILE = 'sources.json';

const prints: Schema<Record<string, WrittenPrint>> = z.record(
  z.string(),
  z.object({
    width: whole(1),
    height: whole(1),
    pixels: z.string(),
    small: z.string(),
    part: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
    hasContent: z.boolean(),
  }),
);

/**
 * Writes the fingerprints, by id, of the images that tiles were cut from. Audits need them because a set of
 * tiles does not hold the source images. Unreadable images are omitted.
 */
export async function writeSources(
  dir: string,
  records: readonly ImageRecord[],
  decode: Decode,
  parallel: number,
  run: RunContext,
): Promise<void> {
  const found: (readonly [string, WrittenPrint])[] = [];
  const step = run.progress.start('reading whole pictures', records.length);
  await pooled(records, parallel, async (record, index) => {
    await checkpoint(run);
    try {
      found[index] = [record.id, written(printOf(await readRaster(record, decode, run)))];
    } catch (error) {
      if (isStopped(error)) throw error;
    }
    step.advance();
  });
  step.done();
  await writeWhole(join(dir, FILE), `${JSON.stringify(Object.fromEntries(found.filter(Boolean)))}\n`);
}

/** Reads the fingerprints of the source images; `undefined` for sets of whole images and for older sets. */
export async function readSources(dir: string): Promise<ReadonlyMap<string, Print> | undefined> {
  const path = join(dir, FILE);
  const text = await readTextIfThere(path, maximumJson);
  if (text === undefined) return undefined;
  const read = parseJson(text, prints, path, 'expected the prints of pictures of a prepared set');
  return new Map(Object.entries(read).map(([id, print]) => [id, readPrint(print)]));
}
