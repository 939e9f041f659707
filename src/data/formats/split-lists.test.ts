import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFolder } from './files.js';
import { listedIn } from './split-lists.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lists-'));
  await mkdir(join(root, 'images'));
  for (const name of ['a', 'b']) await writeFile(join(root, 'images', `${name}.png`), '');
});
afterAll(() => rm(root, { recursive: true }));

const listed = async () =>
  Object.fromEntries(await listedIn([root], await imageFolder(join(root, 'images'))));

describe('lists of images', () => {
  it('state no split where there are none', async () => {
    expect(await listed()).toEqual({});
  });

  it('state the split, and labels of an image that is called test do not', async () => {
    await writeFile(join(root, 'train.txt'), 'a.png\n');
    await writeFile(join(root, 'val.txt'), 'images/b.png\r\n');
    await writeFile(join(root, 'test.txt'), '0 0.5 0.5 0.2 0.2\n');
    expect(await listed()).toEqual({ 'a.png': 'train', 'b.png': 'validation' });
  });

  it('are not passed over where their folder cannot be read', async () => {
    for (const name of ['train', 'val', 'test']) await rm(join(root, `${name}.txt`));
    await mkdir(join(root, 'ImageSets'));
    await symlink('Main', join(root, 'ImageSets', 'Main'));
    await expect(listed()).rejects.toThrow(/ImageSets\/Main can't be read: /);
  });
});
