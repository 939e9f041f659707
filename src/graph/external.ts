import { closeSync, readSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { inputError } from '../base/errors.js';
import { openRegularSync } from '../base/files.js';
import type { TensorProto } from './schema.js';

/**
 * The bytes of a tensor in an external data file. Throws an input error where the file lies outside the
 * model's folder, cannot be read or is too short.
 */
export function readExternal(proto: TensorProto, folder: string): Uint8Array {
  const entries = entriesOf(proto);
  const path = externalPath(proto, folder);
  const { file, size } = openRegularSync(path);
  try {
    const offset = Number(entries.offset ?? 0);
    const available = size - offset;
    const length = Number(entries.length ?? available);
    const areWhole = [offset, length].every((count) => Number.isSafeInteger(count) && count >= 0);
    if (!areWhole || length > available)
      throw inputError(
        `'${proto.name}' takes ${length} bytes from ${offset} on of ${path}, which has ${size}`,
      );
    const bytes = new Uint8Array(length);
    readSync(file, bytes, 0, length, offset);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** The path of the file that holds a tensor. Throws where it lies outside the model's folder. */
export function externalPath(proto: TensorProto, folder: string): string {
  const { location = '' } = entriesOf(proto);
  const root = resolve(folder);
  const path = resolve(root, location);
  if (path.startsWith(root + sep)) return path;
  throw inputError(`'${proto.name}' points to '${location}', outside the model's folder`);
}

const entriesOf = ({ external_data }: TensorProto): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries((external_data ?? []).map(({ key, value }) => [key, value]));
