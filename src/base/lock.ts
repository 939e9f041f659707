import { open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod/mini';
import { environmentError, reasonOf, usageError } from './errors.js';
import { checkWritable, makeFolder, readTextIfThere, unfinished } from './files.js';
import { startOf } from './processes.js';

const lockSchema = z.object({ pid: z.int(), host: z.string(), started: z.optional(z.string()) });
type Lock = z.infer<typeof lockSchema>;

/**
 * Runs `work` while this process alone writes to the folder `dir`, which is created. Removes unfinished files
 * of runs that were killed. Throws a usage error while another process, or this one, writes there.
 */
export async function withFolder<T>(dir: string, work: () => Promise<T>): Promise<T> {
  await checkWritable(dir);
  await makeFolder(dir);
  const file = join(dir, 'lock');
  await take(file);
  try {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && unfinished.test(entry.name)) await rm(join(entry.parentPath, entry.name));
    }
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Runs `work` while this process alone writes the file `path`, as `withFolder` does for a folder. */
export async function withFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  const file = `${path}.lock`;
  await take(file, path, 'name another');
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string, written = dirname(file), instead = 'choose another folder') {
  const own: Lock = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify(own)).finally(() => handle.close());
      return;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!taken) throw environmentError(`${written} can't be written: ${reasonOf(error)}`);
    }
    const holder = parse(await readTextIfThere(file, 4096));
    const gone = holder?.host === own.host && startOf(holder.pid) !== (holder.started ?? 'running');
    if (!gone || attempt > 0) {
      const by = holder ? ` (process ${holder.pid} on ${holder.host})` : '';
      throw usageError(
        `${written} is being written by another run${by}; ${instead}, or remove ${file} if that run is gone`,
      );
    }
    await rm(file, { force: true });
  }
}

function parse(text: string | undefined): Lock | undefined {
  try {
    return lockSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
