import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, messageOf, usageError } from '../base/errors.js';
import { makeFolder, writeWhole } from '../base/files.js';
import { difference } from './difference.js';

/** A run's folder: what is finished lies there whole, under the name of its step. */
export interface Store {
  readonly dir: string;
  path(...parts: string[]): string;
  /** What a finished step left; `undefined` where it is not finished. A file that was cut off is none. */
  find<T>(step: string): Promise<T | undefined>;
  keep(step: string, made: unknown): Promise<void>;
  /** The finished result of a step, as long as it `holds`; else `make()`, kept for the next start. */
  once<T>(step: string, make: () => Promise<T>, holds?: (made: T) => Promise<boolean>): Promise<T>;
}

/**
 * Opens a run's folder for `config`. One that was made by another configuration is refused: results of two runs never
 * mix. One of which nothing was made yet is begun anew.
 */
export async function openStore(dir: string, config: object): Promise<Store> {
  await makeFolder(dir);
  const path = (...parts: string[]) => join(dir, ...parts);
  const file = path('config.json');
  const isEmpty = (await readdir(dir)).every((name) => name === 'config.json');
  const text = isEmpty ? undefined : await readText(file);
  if (text === undefined) await writeWhole(file, `${JSON.stringify(config, null, 2)}\n`);
  else {
    const changed = difference(parsed(text, file), JSON.parse(JSON.stringify(config)));
    if (changed !== undefined) {
      throw usageError(
        `${dir} holds a run with another configuration (${changed}); choose another folder or remove it`,
      );
    }
  }
  const find = async <T>(step: string): Promise<T | undefined> => {
    const found = await readText(path('steps', `${step}.json`));
    // A whole file ends with a line's end; one that was cut off is made again.
    return found?.endsWith('\n') ? (JSON.parse(found) as T) : undefined;
  };
  const keep = (step: string, made: unknown) =>
    writeWhole(path('steps', `${step}.json`), `${JSON.stringify(made)}\n`);
  return {
    dir,
    path,
    find,
    keep,
    async once(step, make, holds = async () => true) {
      const done = await find<Awaited<ReturnType<typeof make>>>(step);
      if (done !== undefined && (await holds(done))) return done;
      const made = await make();
      await keep(step, made);
      return made;
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw inputError(`${path} can't be read: ${messageOf(error)}`, error);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw inputError(`${path} is no JSON (${messageOf(cause)}); remove the run's folder`, cause);
  }
}
