import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { sha256 } from '../../base/files.js';
import { quietly } from '../../base/run.js';
import { decodeFile } from '../../data/decode/index.js';
import { inspectPrepared, openPrepared, prepare } from '../../data/prepare/index.js';
import { contentHashOf } from '../../data/prepare/manifest.js';
import type { Archive } from '../../data/record.js';
import type { FuzzKind } from './kind.js';
import { changedJson } from './text.js';

const names = ['manifest.json', 'samples.json', 'images.u8', 'masks.bits'];

/** A prepared set of two images below a temporary folder. */
async function prepared(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'fuzz-set-'));
  const records: Archive['records'] = await Promise.all(
    ['a', 'b'].map(async (id, i) => {
      const path = join(root, `${id}.png`);
      await sharp({ create: { width: 9, height: 8, channels: 3, background: { r: 90 * i, g: 9, b: 9 } } })
        .png()
        .toFile(path);
      const boxes = i === 0 ? [] : [{ label: 'x', x: 1, y: 1, width: 3, height: 3 }];
      return { id, patient: id, path, boxes, regions: [] };
    }),
  );
  const archive = { name: 'made', findings: ['x'], records, problems: [] };
  const request = { task: 'presence', decode: decodeFile, image: { size: 8 } };
  await prepare(archive, request, join(root, 'set'), quietly);
  return join(root, 'set');
}

async function read(path: string): Promise<void> {
  const dir = dirname(path);
  await inspectPrepared(dir);
  const { train, validation, test } = await openPrepared(dir);
  for (const sample of [...train, ...validation, ...test]) {
    if (sample.image.data.length === 0) throw new Error('an empty image');
    sample.mask?.data.includes(1);
  }
}

const numbers = ['-1', '1e999', '9007199254740993', '0', '0.5', 'null', '4097', '1e-300', '""', '[]', '{}'];
const marks = ['[', ']', '{', '}', ',', ':', '"', '__proto__', 'true', '\\u0000'];

const keptAs = (file: string): Pick<FuzzKind, 'seeds' | 'surround'> => ({
  seeds: async () => {
    const set = await prepared();
    const seed = await readFile(join(set, file));
    await rm(dirname(set), { recursive: true });
    return [seed];
  },
  async surround(folder) {
    const set = await prepared();
    await mkdir(folder, { recursive: true });
    for (const name of names) await copyFile(join(set, name), join(folder, name));
    await rm(dirname(set), { recursive: true });
  },
});

export const manifest: FuzzKind = {
  name: 'manifest',
  text: true,
  restructure: changedJson,
  file: 'manifest.json',
  ...keptAs('manifest.json'),
  dictionary: [...numbers, ...marks, '"rows":', '"chunkRows":', '"bits":', '"classes":'],
  read,
};

/** The table of a prepared set; the manifest is made to fit its bytes. */
export const table: FuzzKind = {
  name: 'table',
  text: true,
  restructure: changedJson,
  file: 'samples.json',
  ...keptAs('samples.json'),
  dictionary: [...numbers, ...marks, '"row":', '"labels":', '"boxes":', '"transform":'],
  async read(path) {
    const file = join(dirname(path), 'manifest.json');
    const said = JSON.parse(await readFile(file, 'utf8'));
    const text = (await readFile(path)).toString('utf8');
    const changed = { ...said, table: sha256(text) };
    await writeFile(file, JSON.stringify({ ...changed, contentHash: contentHashOf(changed) }));
    await read(path);
  },
};
