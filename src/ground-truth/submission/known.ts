import { inputError } from '../../base/errors.js';
import { readBytes, sha256 } from '../../base/files.js';
import type { RunContext } from '../../base/run.js';
import { openArchive } from '../../benchmark/dataset.js';
import type { ImageRecord } from '../../data/record.js';
import type { RoleMasks } from '../../synthetic/problem/problem.js';
import { masksOf } from '../roles.js';
import type { Scenario } from '../suites.js';

/** What is known of images by construction. */
export interface Known {
  readonly masks: readonly RoleMasks[];
  readonly height: number;
  readonly width: number;
  /** The hash of the images' files, one after another. */
  readonly imagesSha256: string;
}

/** Draws a problem below the folder `drawn`, unless it is there, and gives its images by name. */
export async function recordsOf(
  { dataset, options }: Pick<Scenario, 'dataset' | 'options'>,
  drawn: string,
  run: RunContext,
): Promise<ReadonlyMap<string, ImageRecord>> {
  const { records } = await openArchive({ dataset, datasetOptions: options }, drawn, run);
  return new Map(records.map((record) => [record.id, record]));
}

/** What is known of some of a problem's images. Throws for one that it does not have. */
export async function knownOf(
  records: ReadonlyMap<string, ImageRecord>,
  images: readonly string[],
  problem: string,
): Promise<Known> {
  const own = images.map((id) => {
    const record = records.get(id);
    if (record === undefined) throw inputError(`problem ${problem} has no image ${JSON.stringify(id)}`);
    return record;
  });
  const hashes = [];
  for (const { path } of own) hashes.push(sha256(await readBytes(path)));
  return {
    masks: await Promise.all(own.map(masksOf)),
    height: own[0]!.height!,
    width: own[0]!.width!,
    imagesSha256: sha256(hashes.join('')),
  };
}
