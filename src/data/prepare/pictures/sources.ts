import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { exists, linesOf, replaceFile } from '../../../base/files.js';
import { parseJson, type Schema, whole } from '../../../base/json.js';
import { pooled } from '../../../base/pool.js';
import { checkpoint, isStopped, type RunContext } from '../../../base/run.js';
import type { ImageRecord } from '../../record.js';
import { type Print, printOf, readPrint, SMALL_SIDE, type WrittenPrint, written } from './print.js';
import { readRaster } from './raster.js';
import type { Decode } from './source.js';

const FILE = 'sources.jsonl';
/** Prints that are in memory at a time while they are written. */
const BATCH = 256;
/** A print takes at most 100 kB; an id may be a long path. */
const LINE_BYTES = 2 ** 18;

/** Characters of so many bytes in base64. */
const base64Length = (bytes: number) => 4 * Math.ceil(bytes / 3);

type Line = WrittenPrint & { readonly id: string };

const part = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const small = z.string().check(z.length(base64Length(SMALL_SIDE ** 2), 'a small picture'));

const line: Schema<Line> = z.object({
  id: z.string(),
  width: whole(1),
  height: whole(1),
  pixels: z.string(),
  small,
  channels: z.optional(z.object({ red: small, blue: small })),
  part,
  panels: z.optional(z.array(part)),
  keypoints: z.optional(z.object({ width: whole(1), height: whole(1), places: z.string() })),
  hasContent: z.boolean(),
});

/**
 * Writes the prints of the source images, a line each, for audits of sets that show parts of them or show
 * them smaller than a print. Unreadable images are omitted.
 */
export async function writeSources(
  dir: string,
  records: readonly ImageRecord[],
  decode: Decode,
  parallel: number,
  run: RunContext,
): Promise<void> {
  const step = run.progress.start('reading whole pictures', records.length);
  await replaceFile(join(dir, FILE), async (path) => {
    await writeFile(path, '');
    for (let from = 0; from < records.length; from += BATCH) {
      const lines: string[] = [];
      await pooled(records.slice(from, from + BATCH), parallel, async (record, index) => {
        await checkpoint(run);
        try {
          const print = written(printOf(await readRaster(record, decode, run), true));
          lines[index] = `${JSON.stringify({ id: record.id, ...print })}\n`;
        } catch (error) {
          if (isStopped(error)) throw error;
        }
        step.advance();
      });
      await appendFile(path, lines.join(''));
    }
  });
  step.done();
}

export const removeSources = (dir: string): Promise<void> => rm(join(dir, FILE), { force: true });

/** Reads the prints of the source images by id; `undefined` where there are none. */
export async function readSources(dir: string): Promise<ReadonlyMap<string, Print> | undefined> {
  const path = join(dir, FILE);
  if (!(await exists(path))) return undefined;
  const prints = new Map<string, Print>();
  for await (const text of linesOf(path, LINE_BYTES)) {
    const advice = 'expected the print of a picture of a prepared set';
    const { id, ...print } = parseJson(text, line, path, advice);
    prints.set(id, readPrint(print));
  }
  return prints;
}
