import { join } from 'node:path';
import { readTextIfThere, sha256, writeWhole } from '../../base/files.js';
import { maximumJson, parseJson } from '../../base/json.js';
import { files, type Manifest } from './layout.js';
import { manifestSchema } from './schemas.js';

/**
 * Reads the manifest of a finished set; `undefined` where there is none. Throws for an invalid manifest or
 * another version.
 */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  const path = join(dir, files.manifest);
  const text = await readTextIfThere(path, maximumJson);
  if (text === undefined) return undefined;
  return parseJson(text, manifestSchema, path, 'expected the manifest of a prepared set');
}

export const writeManifest = (dir: string, manifest: Manifest): Promise<void> =>
  writeWhole(join(dir, files.manifest), `${JSON.stringify(manifest, null, 1)}\n`);

/** The hash of what a set holds: its chunks, its table and what its labels stand for. */
export const contentHashOf = ({
  chunks,
  table,
  classes,
}: Pick<Manifest, 'chunks' | 'table' | 'classes'>): string =>
  sha256(JSON.stringify([chunks, table, classes]));
