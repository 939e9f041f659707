import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowResult } from './chunk.js';
import { type Chunk, files } from './layout.js';

/** What is written down when a chunk is finished, so that an interrupted preparation can go on. */
export interface Entry extends Chunk {
  readonly chunk: number;
  readonly results: readonly RowResult[];
}

/** The chunks that an earlier, interrupted run of the same plan finished, in their order. */
export async function readJournal(dir: string, plan: string): Promise<readonly Entry[]> {
  const path = join(dir, files.progress);
  const lines = (await readFile(path, 'utf8').catch(missing)).split('\n');
  const entries: Entry[] = [];
  for (const [index, line] of lines.entries()) {
    const read = parsed(line);
    if (index === 0) {
      if (read?.plan !== plan) return [];
    } else if (read?.chunk !== entries.length) break;
    else entries.push(read as Entry);
  }
  return entries;
}

export async function startJournal(dir: string, plan: string): Promise<void> {
  await rm(join(dir, files.progress), { force: true });
  await append(dir, { plan });
}

export const append = (dir: string, entry: Entry | { readonly plan: string }): Promise<void> =>
  appendFile(join(dir, files.progress), `${JSON.stringify(entry)}\n`);

/** A line that was cut off in the middle is no line. */
function parsed(line: string): (Partial<Entry> & { plan?: string }) | undefined {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function missing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
