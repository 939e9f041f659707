import { dirname, relative, resolve } from 'node:path';
import type { Digests } from '../base/changes.js';
import { inputError } from '../base/errors.js';
import { hashOfFile, readBytes } from '../base/files.js';
import { externalPath } from './external.js';
import { type GraphProto, ModelMessage, type ModelProto, type TensorProto } from './schema.js';

/** SHA-256 of a model's file, and of each file beside it that holds weights. */
export interface ModelFiles {
  readonly model: string;
  readonly weights: Digests;
}

/** Hashes all files that a model is read from. Throws where one cannot be read or the first is no model. */
export async function hashModelFiles(path: string): Promise<ModelFiles> {
  const folder = resolve(dirname(path));
  const { graph } = await modelAt(path);
  const outside = tensorsOf(graph).filter(({ data_location }) => data_location === 1);
  const weights: (readonly [string, string])[] = [];
  for (const file of [...new Set(outside.map((tensor) => externalPath(tensor, folder)))].sort())
    weights.push([relative(folder, file), await hashAt(file)]);
  return { model: await hashAt(path), weights };
}

/** What identifies a model in the settings of a run. */
export const identityOf = ({ model, weights }: ModelFiles) => ({
  model,
  ...(weights.length > 0 && { weights: Object.fromEntries(weights) }),
});

async function modelAt(path: string): Promise<ModelProto> {
  const bytes = await readBytes(path);
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

function tensorsOf(graph: GraphProto | null | undefined): TensorProto[] {
  const attributes = (graph?.node ?? []).flatMap(({ attribute }) => attribute ?? []);
  return [
    ...(graph?.initializer ?? []),
    ...attributes.flatMap(({ t, g }) => [...(t ? [t] : []), ...tensorsOf(g)]),
  ];
}
