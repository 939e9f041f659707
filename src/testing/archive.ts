import sharp from 'sharp';
import { quietly } from '../base/run.js';
import { readArchive } from '../data/datasets/catalogue.js';
import { hashIdentifier } from '../data/decode/index.js';
import type { Archive, ImageRecord } from '../data/record.js';
import { temporaryTree } from './tree.js';

const salt = 's';

/** The hash that stands for an identifier in archives that `read` made. */
export const hash = (value: string): string => hashIdentifier(salt, value);

/** Lays out files in a temporary folder and reads them as the named data set. */
export async function read(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Archive> {
  return readArchive(name, await temporaryTree(files), { salt, ...options }, quietly);
}

export function record(archive: Archive, id: string): ImageRecord {
  const found = archive.records.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no record ${id} among ${archive.records.map((one) => one.id)}`);
  return found;
}

export const brief = (archive: Archive) => archive.problems.map(({ image, kind }) => [image, kind]);

/** What a person may see of an archive: everything but the paths of files. */
export const shown = ({ records, problems }: Archive): string =>
  JSON.stringify([
    records.map(({ path, regions, ...rest }) => [
      rest,
      regions.map((r) => (r.kind === 'file' ? r.label : r)),
    ]),
    problems,
  ]);

export const jpeg = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#888' } })
    .jpeg()
    .toBuffer();

/** Reads masks, in folder `m`, of three pictures `a`, `b` and `c` of `side x side` pixels. */
export async function readMasks(
  side: number,
  files: Readonly<Record<string, Buffer | Promise<Buffer>>>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Archive> {
  const picture = await jpeg(side, side);
  const images = Object.fromEntries(['a', 'b', 'c'].map((name) => [`images/${name}.jpg`, picture]));
  const masks = await Promise.all(
    Object.entries(files).map(async ([name, file]) => [`m/${name}`, await file] as const),
  );
  const given = { format: 'masks', annotations: 'm', ids: 'files', ...options };
  return read('folder', { ...images, ...Object.fromEntries(masks) }, given);
}
