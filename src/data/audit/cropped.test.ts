import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { decodeFile } from '../decode/index.js';
import type { ImageRecord } from '../record.js';
import { audit, auditTable } from './index.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cropped-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const record = (id: string, path: string, split: 'train' | 'test'): ImageRecord => ({
  ...{ id, path, split, patient: id, boxes: [], regions: [] },
});

const pairsIn = async (records: readonly ImageRecord[]) => {
  const archive = { name: 'made', findings: ['a'], records, problems: [] };
  const request = { decode: decodeFile, only: ['cropped-duplicates', 'near-duplicates'] };
  return (await audit([{ archive }], request, quietly)).findings;
};

interface Changes {
  readonly side?: number | undefined;
  readonly mirrored?: boolean;
  readonly inverted?: boolean;
  /** By which the picture is turned before its part is taken. */
  readonly degrees?: number;
}

/** Writes a part of a picture as a recompressed JPEG file. */
async function crop(
  from: string,
  id: string,
  [x, y, width, height]: readonly number[],
  { side, mirrored = false, inverted = false, degrees = 0 }: Changes = {},
): Promise<ImageRecord> {
  const whole = await sharp(from).rotate(degrees).toBuffer();
  const size = await sharp(whole).metadata();
  const path = join(root, `${id}.jpg`);
  await sharp(whole)
    .extract({
      left: Math.floor(x! * size.width),
      top: Math.floor(y! * size.height),
      width: Math.floor(width! * size.width),
      height: Math.floor(height! * size.height),
    })
    .flop(mirrored)
    .linear(inverted ? -1 : 1, inverted ? 255 : 0)
    .resize(side)
    .jpeg({ quality: 75 })
    .toFile(path);
  return record(id, path, 'test');
}

/** Where a picture of the size of a file lies in the same one that is tilted by two degrees. */
async function middleOf(path: string) {
  const [{ width, height }, tilted] = [
    await sharp(path).metadata(),
    await sharp(await sharp(path).rotate(2).toBuffer()).metadata(),
  ];
  const half = (whole: number, part: number) => Math.floor((whole - part) / 2);
  return { left: half(tilted.width, width), top: half(tilted.height, height), width, height };
}

const folders = ['bccd/BCCD/JPEGImages', 'codras_idrid/images', 'cxr_lungboxes/images'] as const;

describe.skipIf(!sharedIsThere)('pairs of a photograph and a part of it', () => {
  it.each(folders)('are found in %s, and no others', { timeout: 120_000 }, async (folder) => {
    const dir = sharedPath('data', ...folder.split('/'));
    const files = (await readdir(dir)).sort().filter((_, i) => i % 9 === 0);
    const wholes = files.slice(0, 12).map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
    const random = seededRandom(folder);
    const parts = await Promise.all(
      wholes.slice(0, 6).map(({ path }, i) => {
        const width = 0.62 + 0.33 * random.uniform();
        const height = i % 3 === 0 ? 0.7 + 0.3 * random.uniform() : width;
        const [x, y] = [random.uniform() * (1 - width), random.uniform() * (1 - height)];
        const side = i % 2 === 0 ? 256 : undefined;
        return crop(path, `part${i}-${folder.length}`, [x, y, width, height], {
          side,
          mirrored: i % 3 === 1,
        });
      }),
    );
    const found = (await pairsIn([...wholes, ...parts])).map(
      ({ images, message }) => `${images.map(({ id }) => id).join(' ')}: ${message}`,
    );
    expect(found.sort()).toEqual(
      parts.map(
        ({ id }, i) =>
          `whole${i} ${id}: one picture shows a part of the other across train and test${i % 3 === 1 ? ', mirrored left to right' : ''}`,
      ),
    );
  });

  it.each<readonly [string, Changes]>([
    ['inverted', { inverted: true }],
    ['mirrored left to right, inverted', { mirrored: true, inverted: true }],
    ['turned by 90 degrees', { degrees: 90 }],
    ['turned by 180 degrees', { degrees: 180 }],
    ['mirrored and turned by 90 degrees', { mirrored: true, degrees: 90 }],
    ['tilted by a few degrees', { degrees: 2 }],
    ['mirrored left to right, tilted by a few degrees', { mirrored: true, degrees: -4 }],
  ])('are found %s', async (how, changes) => {
    const dir = sharedPath('data', 'cxr_lungboxes', 'images');
    const files = (await readdir(dir)).sort().slice(0, 4);
    const wholes = files.map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
    const name = how.replaceAll(/\W/g, '');
    const part = await crop(wholes[1]!.path, name, [0.1, 0.12, 0.8, 0.8], changes);
    const found = await pairsIn([...wholes, part]);
    expect(found.map(({ images, message }) => [images.map(({ id }) => id), message])).toEqual([
      [['whole1', part.id], `one picture shows a part of the other across train and test, ${how}`],
    ]);
  });

  it('are found behind the bare edges of letterboxes, of other colours too', {
    timeout: 60_000,
  }, async () => {
    const dir = sharedPath('data', 'codras_idrid', 'images');
    const files = (await readdir(dir)).sort().slice(30, 36);
    const boxed = async (
      file: string,
      id: string,
      [width, height]: readonly number[],
      background: string,
    ) => {
      const path = join(root, `${id}.png`);
      await sharp(file).resize(width, height, { fit: 'contain', background }).png().toFile(path);
      return record(id, path, id.startsWith('whole') ? 'train' : 'test');
    };
    const wholes = await Promise.all(
      files.map((file, i) => boxed(join(dir, file), `whole-boxed${i}`, [256, 256], '#000')),
    );
    const part = await crop(join(dir, files[0]!), 'cut', [0.1, 0.1, 0.7, 0.8]);
    await sharp(wholes[2]!.path).rotate(90).toFile(join(root, 'turned.png'));
    const parts = [
      await boxed(part.path, 'cut-boxed', [256, 256], '#000'),
      await boxed(join(dir, files[1]!), 'padded', [200, 300], '#fff'),
      record('turned', join(root, 'turned.png'), 'test'),
    ];
    const found = (await pairsIn([...wholes, ...parts])).map(
      ({ images, message }) => `${images.map(({ id }) => id).join(' ')}: ${message.slice(0, 11)}`,
    );
    expect(found.sort()).toEqual([
      'whole-boxed0 cut-boxed: one picture',
      'whole-boxed1 padded: one picture',
      'whole-boxed2 turned: nearly the ',
    ]);
  });

  it('are found once where a whole picture is tilted', async () => {
    const dir = sharedPath('data', 'cxr_lungboxes', 'images');
    const files = (await readdir(dir)).sort().slice(0, 3);
    const wholes = files.map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
    const path = join(root, 'whole-tilted.png');
    await sharp(await sharp(wholes[1]!.path).rotate(2).toBuffer())
      .extract(await middleOf(wholes[1]!.path))
      .toFile(path);
    const found = await pairsIn([...wholes, record('tilted', path, 'test')]);
    expect(found.map(({ check, images }) => [check, images.map(({ id }) => id)])).toEqual([
      ['near-duplicates', ['whole1', 'tilted']],
    ]);
  });

  it('are not looked for among more images than asked, which is told', async () => {
    const dir = sharedPath('data', 'cxr_lungboxes', 'images');
    const records = (await readdir(dir))
      .slice(0, 3)
      .map((file, i) => record(`x${i}`, join(dir, file), 'train'));
    const archive = { name: 'made', findings: ['a'], records, problems: [] };
    const options = { 'cropped-duplicates': { most: 2 } };
    const request = { decode: decodeFile, only: ['cropped-duplicates'], options };
    const report = await audit([{ archive }], request, quietly);
    expect(auditTable(report)).toContain(
      'note: 3 images were not compared, as they are more than 2 (option cropped-duplicates.most)',
    );
  });
});
