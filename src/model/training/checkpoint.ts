import { existsSync } from 'node:fs';
import { z } from 'zod/mini';
import { changesBetween, type Digests } from '../../base/changes.js';
import { inputError, usageError } from '../../base/errors.js';
import { parseJson } from '../../base/json.js';
import { camelKeys } from '../../base/names.js';
import type { Arrays } from '../../engine/engine.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { readNpz, writeNpz } from '../../tensor/npz.js';
import type { Tensor, TypedArray } from '../../tensor/tensor.js';
import { type History, historySchema } from './history.js';

/** The state of a training after an epoch, complete for resuming it. */
export interface TrainingState {
  readonly history: History;
  /** The network that the current phase began with, where it is not the untrained one. */
  readonly network?: { readonly parameters: Arrays; readonly metadata: Graph['metadata'] };
  /** All carried values of the training step. */
  readonly state: Arrays;
  /** The network's values after the best epoch so far. */
  readonly best: Arrays;
}

const metaEntry = 'meta';

const metaSchema = z.object({
  settings: z.record(z.string(), z.unknown()),
  history: z.string(),
  metadata: z.optional(z.record(z.string(), z.string())),
});

/** Writes a checkpoint atomically. `settings` are those that a resumed training must share. */
export async function writeCheckpoint(
  path: string,
  { history, network, state, best }: TrainingState,
  settings: unknown,
): Promise<void> {
  const described = { settings, history: JSON.stringify(history), metadata: network?.metadata };
  const meta = new TextEncoder().encode(JSON.stringify(described));
  const arrays = {
    [metaEntry]: { data: meta, shape: [meta.length] },
    ...prefixed('network', network?.parameters ?? {}),
    ...prefixed('state', state),
    ...prefixed('best', best),
  };
  await writeNpz(path, arrays, { compress: false });
}

/**
 * Reads the checkpoint at `path`; `undefined` if it does not exist. Throws a usage error when it belongs to
 * a training with other settings.
 */
export async function readCheckpoint(path: string, settings: unknown): Promise<TrainingState | undefined> {
  if (!existsSync(path)) return undefined;
  const arrays = await readNpz(path);
  const meta = parseMeta(arrays[metaEntry], path);
  const differs = difference(meta.settings, settings);
  if (differs) {
    throw usageError(
      `checkpoint ${path} belongs to another training (${differs}); remove it or name another`,
    );
  }
  const { history, metadata } = meta;
  return {
    history,
    ...(metadata && { network: { parameters: unprefixed('network', arrays), metadata } }),
    state: unprefixed('state', arrays),
    best: unprefixed('best', arrays),
  };
}

function parseMeta(entry: Tensor<TypedArray> | undefined, path: string) {
  if (!(entry?.data instanceof Uint8Array))
    throw inputError(`${path} is no checkpoint: it has no '${metaEntry}'`);
  const advice = 'remove it or name another';
  const text = new TextDecoder().decode(entry.data);
  const { settings, history, metadata } = parseJson(text, metaSchema, `checkpoint ${path}`, advice);
  return {
    settings: camelKeys(settings),
    metadata,
    history: parseJson(history, historySchema, `checkpoint ${path}: history`, advice),
  };
}

/** The first setting that is not the same, in words; of a list of samples, which of them are not. */
function difference(before: Record<string, unknown>, now: unknown): string | undefined {
  const present = JSON.parse(JSON.stringify(now)) as Record<string, unknown>;
  const name = [...new Set([...Object.keys(before), ...Object.keys(present)])].find(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(present[key]),
  );
  if (name === undefined) return undefined;
  const [old, own] = [before[name], present[name]];
  if (isDigests(old) && isDigests(own)) return `'${name}': ${changesBetween(old, own)}`;
  if (isDigests(own)) return `'${name}': it does not tell its images apart`;
  return `'${name}' was ${JSON.stringify(old)}, is ${JSON.stringify(own)}`;
}

const digests = z.array(z.tuple([z.string(), z.string()]));
const isDigests = (value: unknown): value is Digests => digests.safeParse(value).success;

const prefixed = (prefix: string, arrays: Arrays): Record<string, Tensor<TypedArray>> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [`${prefix}/${name}`, { data, shape }]),
  );

function unprefixed(prefix: string, arrays: Readonly<Record<string, Tensor<TypedArray>>>): Arrays {
  const own: Record<string, Constant> = {};
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    if (name.startsWith(`${prefix}/`)) own[name.slice(prefix.length + 1)] = { type: 'float32', data, shape };
  }
  return own;
}
