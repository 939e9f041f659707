import type { RunContext } from '../../base/run.js';
import { readArchive } from '../../data/datasets/catalogue.js';
import type { Archive } from '../../data/record.js';

/**
 * Reads what `writePhantoms` wrote as the RSNA challenge's own data set is read. Only the challenge's fixed size of 1024
 * pixels is not taken over: sizes are left to the files.
 */
export async function readPhantoms(dir: string, run: RunContext): Promise<Archive> {
  const archive = await readArchive('rsna-pneumonia', dir, {}, run);
  const records = archive.records.map((record) => ({ ...record, width: undefined, height: undefined }));
  return { ...archive, name: 'phantom', records };
}
