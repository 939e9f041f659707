import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { changedSetting } from '../base/changed-setting.js';
import { inputError, usageError } from '../base/errors.js';
import { makeFolder, readTextIfThere, sha256, writeWhole } from '../base/files.js';
import { parseJson, type Schema } from '../base/json.js';

/** A run's folder. The result of each finished step is written atomically, under the step's name. */
export interface Store {
  readonly dir: string;
  path(...parts: string[]): string;
  /** The stored result of a step; `undefined` when the step is not finished or its file is truncated. */
  find<T>(step: string, schema: Schema<T>): Promise<T | undefined>;
  keep(step: string, made: unknown): Promise<void>;
  /** The stored result of a step if `holds` accepts it; otherwise the result of `make`, which is stored. */
  once<T>(
    step: string,
    schema: Schema<T>,
    make: () => Promise<T>,
    holds?: (made: T) => Promise<boolean>,
  ): Promise<T>;
}

const anyObject = z.record(z.string(), z.unknown());
const advice = "remove the run's folder";
const stepAdvice = 'remove it to make the step again';

/** A step's file: the result and the checksum of its text. */
const sealed = /^\{"sha256":"([0-9a-f]{64})","made":(.*)\}\n$/s;

/**
 * Opens a run's folder for `config`; an empty folder is reused. Throws a usage error when the folder holds a
 * run with another configuration.
 */
export async function openStore(dir: string, config: object): Promise<Store> {
  await makeFolder(dir);
  const path = (...parts: string[]) => join(dir, ...parts);
  const file = path('config.json');
  const isEmpty = (await readdir(dir)).every((name) => name === 'config.json' || name === 'lock');
  const text = isEmpty ? undefined : await readTextIfThere(file);
  if (text === undefined) await writeWhole(file, `${JSON.stringify(config, null, 2)}\n`);
  else {
    const changed = changedSetting(
      parseJson(text, anyObject, file, advice),
      JSON.parse(JSON.stringify(config)),
    );
    if (changed !== undefined) {
      throw usageError(
        `${dir} holds a run with another configuration (${changed}); choose another folder or remove it`,
      );
    }
  }
  const find = async <T>(step: string, schema: Schema<T>): Promise<T | undefined> => {
    const from = path('steps', `${step}.json`);
    const found = await readTextIfThere(from);
    // A complete file ends with a line break; a truncated file counts as missing.
    if (!found?.endsWith('\n')) return undefined;
    // Older runs stored the result alone.
    const [, hash, made = found] = sealed.exec(found) ?? [];
    if (hash !== undefined && hash !== sha256(made))
      throw inputError(`${from}: does not match its checksum; ${stepAdvice}`);
    return parseJson(made, schema, from, stepAdvice);
  };
  const keep = (step: string, result: unknown) => {
    const made = JSON.stringify(result);
    return writeWhole(path('steps', `${step}.json`), `{"sha256":"${sha256(made)}","made":${made}}\n`);
  };
  return {
    dir,
    path,
    find,
    keep,
    async once(step, schema, make, holds = async () => true) {
      const done = await find(step, schema);
      if (done !== undefined && (await holds(done))) return done;
      const made = await make();
      await keep(step, made);
      return made;
    },
  };
}
