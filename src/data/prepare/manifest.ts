import { join } from 'node:path';
import { readTextIfThere } from '../../base/files.js';
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
