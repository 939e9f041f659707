import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, messageOf, usageError } from '../base/errors.js';
import { writeWhole } from '../base/files.js';

/** A run's folder: what is finished lies there whole, under the name of its step. */
export interface Store {
  readonly dir: string;
  path(...parts: string[]): string;
  /** The finished result of a step, or `make()`, kept for the next start. */
  once<T>(step: string, make: () => Promise<T>): Promise<T>;
}

/**
 * Opens a run's folder for `config`. One that was made by another configuration is refused: results of two runs never
 * mix.
 */
export async function openStore(dir: string, config: unknown): Promise<Store> {
  await mkdir(dir, { recursive: true });
  const path = (...parts: string[]) => join(dir, ...parts);
  const before = await readJson(path('config.json'));
  const text = `${JSON.stringify(config, null, 2)}\n`;
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(config)) {
    throw usageError(
      `${dir} holds a run with another configuration (${difference(before, config)}); choose another folder or remove it`,
    );
  }
  if (before === undefined) await writeWhole(path('config.json'), text);
  return {
    dir,
    path,
    async once<T>(step: string, make: () => Promise<T>): Promise<T> {
      const file = path('steps', `${step}.json`);
      const done = await readJson(file);
      if (done !== undefined) return done as T;
      const made = await make();
      await writeWhole(file, `${JSON.stringify(made)}\n`);
      return made;
    },
  };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw inputError(`${path}: ${messageOf(error)}`, error);
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw inputError(`${path}: no JSON (${messageOf(cause)}); remove it to make it again`, cause);
  }
}

function difference(before: unknown, now: unknown): string {
  const flat = (value: unknown, prefix = ''): [string, string][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => flat(inner, prefix ? `${prefix}.${key}` : key))
      : [[prefix, String(value)]];
  const old = new Map(flat(before));
  const changed = flat(now).find(([key, value]) => old.get(key) !== value);
  return changed
    ? `${changed[0]} was ${old.get(changed[0]) ?? 'not set'}, now ${changed[1]}`
    : 'fewer settings now';
}
