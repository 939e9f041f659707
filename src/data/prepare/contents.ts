import { join } from 'node:path';
import { z } from 'zod/mini';
import { changesBetween } from '../../base/changes.js';
import { readTextIfThere, writeWhole } from '../../base/files.js';
import { parseJson, type Schema } from '../../base/json.js';
import type { ImageRecord } from '../record.js';

/**
 * Digests of what a set is made from, by image: of its file (the part `image`), of its masks' files, and of
 * all that is said of it.
 */
export type Contents = readonly (readonly [id: string, part: string, digest: string])[];

const FILE = 'contents.json';
export const contentsSchema: Schema<Contents> = z.array(z.tuple([z.string(), z.string(), z.string()]));

export const writeContents = (dir: string, contents: Contents): Promise<void> =>
  writeWhole(join(dir, FILE), `${JSON.stringify(contents).replaceAll('],[', '],\n[')}\n`);

/** What a finished set was made from; nothing for older sets. */
export async function readContents(dir: string): Promise<Contents> {
  const path = join(dir, FILE);
  const text = (await readTextIfThere(path)) ?? '[]';
  return parseJson(text, contentsSchema, path, 'expected what a prepared set is made from');
}

/** Which files and annotations of a set have changed, in words; `undefined` where none has. */
export function contentChanges(
  before: Contents,
  now: Contents,
  records: readonly ImageRecord[],
): string | undefined {
  const paths = new Map(records.map(({ id, path }) => [id, path]));
  const named = (contents: Contents) =>
    contents.map(([id, part, digest]) => {
      const file = paths.get(id) ?? id;
      return [part === 'image' ? file : `${part} of ${file}`, digest] as const;
    });
  return changesBetween(named(before), named(now));
}
