import { z } from 'zod/mini';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { readBytes } from '../base/files.js';
import { parseJson, type Schema, whole } from '../base/json.js';
import { unknownName } from '../base/names.js';
import { readOptions } from '../base/options.js';

/** Options as a search sets them: those that it leaves out keep what they usually have. */
export type Setting = Readonly<Record<string, string | number | boolean>>;

export const setting: Schema<Setting> = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Options that a search chose, and how it was made. */
export interface Tuned {
  readonly metric: string;
  readonly trials: number;
  /** The number of validation images, and the set that they are of. */
  readonly images: number;
  readonly data: string;
  /** The options by method; those that are not named keep what they usually have. */
  readonly options: Readonly<Record<string, Setting>>;
}

export const tunedSchema: Schema<Tuned> = z.object({
  metric: z.string(),
  trials: whole(1),
  images: whole(1),
  data: z.string(),
  options: z.record(z.string(), setting),
});

const mostBytes = 64 * 2 ** 20;

/**
 * Reads the options that `tune` chose for registered methods and some of the caller's own. Throws where the
 * file holds none, or options that a method lacks.
 */
export async function readTuned(path: string, own: readonly Method[] = []): Promise<Tuned> {
  const known: Readonly<Record<string, Method>> = {
    ...methods,
    ...Object.fromEntries(own.map((method) => [method.name, method])),
  };
  const text = (await readBytes(path, mostBytes)).toString('utf8');
  const { metric, trials, images, data, options } = parseJson(text, tunedSchema, path);
  for (const [name, given] of Object.entries(options)) {
    const method = known[name];
    if (method === undefined) throw unknownName(Object.keys(known), name, `method (${path})`);
    readOptions(method.options, given, `method ${name} (${path})`);
  }
  return { metric, trials, images, data, options };
}
