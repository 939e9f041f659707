import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { firstChange } from '../base/changed-setting.js';
import { inputError, usageError } from '../base/errors.js';
import { makeFolder, readTextIfThere, sha256, writeWhole } from '../base/files.js';
import { parseJson, type Schema } from '../base/json.js';

/** A run's folder. The result of each finished step is written atomically, under the step's name. */
export interface Store {
  readonly dir: string;
  /** The configuration of a run that the folder held, and that had begun without a result. */
  readonly replaced?: object;
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

const otherContent = (dir: string, data: string) =>
  usageError(
    `${dir} holds a run on other images, masks, labels or classes than ${data} holds now; choose another --out for these, or resume with those that it began with, prepared into another folder`,
  );

const anyObject = z.record(z.string(), z.unknown());
const advice = "remove the run's folder";
const stepAdvice = 'remove it to make the step again';

/** A step's file: the result and the checksum of its text. */
const sealed = /^\{"sha256":"([0-9a-f]{64})","made":(.*)\}\n$/s;

/** What a run leaves that stopped before its first result: its settings, and data that can be made again. */
const beforeResults = ['config.json', 'lock', 'prepared', 'steps'];
const stepsBefore = ['data.json'];

/**
 * Opens a run's folder for `config`; a folder without results is reused. Throws a usage error when the folder
 * holds a run with another configuration, or with another content of the prepared set in the folder `data`.
 */
export async function openStore(dir: string, config: object, data?: string): Promise<Store> {
  await makeFolder(dir);
  const path = (...parts: string[]) => join(dir, ...parts);
  const file = path('config.json');
  const names = await readdir(dir);
  const steps = names.includes('steps') ? await readdir(path('steps')) : [];
  const isEmpty = names.every((name) => name === 'config.json' || name === 'lock');
  const text = isEmpty ? undefined : await readTextIfThere(file);
  const before = text === undefined ? undefined : parseJson(text, anyObject, file, advice);
  const changed = before && firstChange(before, JSON.parse(JSON.stringify(config)));
  const hasResults =
    names.some((name) => !beforeResults.includes(name)) || steps.some((name) => !stepsBefore.includes(name));
  if (changed !== undefined && hasResults) {
    if (data !== undefined && changed.name === 'contentHash') throw otherContent(dir, data);
    throw usageError(
      `${dir} holds a run with another configuration (${changed.said}); choose another folder or remove it`,
    );
  }
  if (changed !== undefined) await rm(path('steps'), { recursive: true, force: true });
  if (before === undefined || changed !== undefined)
    await writeWhole(file, `${JSON.stringify(config, null, 2)}\n`);
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
    ...(before !== undefined && changed !== undefined && { replaced: before }),
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
