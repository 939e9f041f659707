import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SightlineError } from '../../base/errors.js';
import { readTextIfThere } from '../../base/files.js';
import { maximumJson, parseJson, type Schema } from '../../base/json.js';
import type { Entry } from './chunk.js';
import { files } from './layout.js';
import { entrySchema, planSchema } from './schemas.js';

/** Finished chunks of an earlier, interrupted run of the same plan, in order. */
export async function readJournal(dir: string, plan: string): Promise<readonly Entry[]> {
  const path = join(dir, files.progress);
  const [first = '', ...lines] = ((await readTextIfThere(path, maximumJson)) ?? '').split('\n');
  if (parsed(first, planSchema)?.plan !== plan) return [];
  const entries: Entry[] = [];
  for (const line of lines) {
    const entry = parsed(line, entrySchema);
    if (entry?.chunk !== entries.length) break;
    entries.push(entry);
  }
  return entries;
}

export async function startJournal(dir: string, plan: string): Promise<void> {
  await rm(join(dir, files.progress), { force: true });
  await append(dir, { plan });
}

export const append = (dir: string, entry: Entry | { readonly plan: string }): Promise<void> =>
  appendFile(join(dir, files.progress), `${JSON.stringify(entry)}\n`);

/** Parses a line; `undefined` for a truncated one. */
function parsed<T>(line: string, schema: Schema<T>): T | undefined {
  try {
    return parseJson(line, schema, files.progress);
  } catch (error) {
    if (error instanceof SightlineError) return undefined;
    throw error;
  }
}
