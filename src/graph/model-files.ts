import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Digests } from '../base/changes.js';
import { inputError, reasonOf } from '../base/errors.js';
import { hashOfFile } from '../base/files.js';
import { type GraphProto, ModelMessage, type ModelProto, type TensorProto } from './schema.js';

/** SHA-256 of a model's file, and of each file beside it that holds weights. */
export interface ModelFiles {
  readonly model: string;
  readonly weights: Digests;
}

/** Hashes all files that a model is read from. Throws where one cannot be read or the first is no model. */
export async function hashModelFiles(path: string): Promise<ModelFiles> {
  const names = [...new Set(weightFiles(await modelAt(path)))].sort();
  const weights = names.map(async (name) => [name, await hashAt(resolve(dirname(path), name))] as const);
  return { model: await hashAt(path), weights: await Promise.all(weights) };
}

async function modelAt(path: string): Promise<ModelProto> {
  const bytes = await readFile(path).catch((cause) => {
    throw inputError(`${path}: cannot be read: ${reasonOf(cause)}`, cause);
  });
  try {
    return ModelMessage.decode(bytes) as ModelProto;
  } catch (cause) {
    throw inputError(`${path}: no readable ONNX model; it is damaged or of another format`, cause);
  }
}

async function hashAt(path: string): Promise<string> {
  const hash = await hashOfFile(path);
  if (hash === undefined) throw inputError(`${path} can't be read: there is no such file`);
  return hash;
}

const weightFiles = ({ graph }: ModelProto): string[] => tensorsOf(graph).flatMap(locationOf);

function tensorsOf(graph: GraphProto | null | undefined): TensorProto[] {
  const attributes = (graph?.node ?? []).flatMap(({ attribute }) => attribute ?? []);
  return [
    ...(graph?.initializer ?? []),
    ...attributes.flatMap(({ t, g }) => [...(t ? [t] : []), ...tensorsOf(g)]),
  ];
}

const locationOf = ({ data_location, external_data }: TensorProto): string[] =>
  data_location === 1
    ? (external_data ?? []).flatMap(({ key, value }) => (key === 'location' && value ? [value] : []))
    : [];
