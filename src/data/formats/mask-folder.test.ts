import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { temporaryTree } from '../../testing/tree.js';
import { imageFolder, listFiles } from './files.js';
import { readMaskFolder } from './mask-folder.js';

describe('images and masks by name', () => {
  it('finds the masks of an image by folder, suffix or equal name', async () => {
    const mask = await sharp(Uint8Array.of(0, 255, 0, 0), { raw: { width: 2, height: 2, channels: 1 } })
      .png()
      .toBuffer();
    const root = await temporaryTree({
      'EX/a_EX.png': mask,
      'a_cyst.png': mask,
      'a_b_mask_1.tif': mask,
      'c.png': mask,
      'd.png.png': mask,
      'e.JPG_mask.png': mask,
      'f.jpg_cyst.png': mask,
      'lonely_mask.png': mask,
    });
    const pictures = await imageFolder('elsewhere', [
      'x/a.jpg',
      'a_b.jpg',
      'c.jpg',
      'd.jpg',
      'e.jpg',
      'f.jpg',
    ]);
    const { labels, images, unmatched } = await readMaskFolder(root, pictures, quietly);
    const found = images.map(({ file, regions }) => [file, ...regions.map(({ label }) => label)]);
    expect(found.sort()).toEqual([
      ['a_b.jpg', 'finding'],
      ['c.jpg', 'finding'],
      ['d.jpg', 'finding'],
      ['e.jpg', 'finding'],
      ['f.jpg', 'cyst'],
      ['x/a.jpg', 'EX', 'cyst'],
    ]);
    expect(labels).toEqual(['EX', 'cyst', 'finding']);
    expect(unmatched).toEqual(['lonely_mask.png']);
  });

  it('finds an image by path, name or stem, never outside, never by guess', async () => {
    const root = await temporaryTree({
      'in/x/a.png': '',
      'in/x/b.png': '',
      'in/y/b.png': '',
      'secret.png': '',
    });
    const images = await imageFolder(join(root, 'in'));
    expect(images.find('x/b.png')).toEqual({ path: join(root, 'in/x/b.png'), relative: 'x/b.png' });
    expect(images.find('C:\\data\\a.jpg')).toMatchObject({ relative: 'x/a.png' });
    expect(images.find('a')).toMatchObject({ relative: 'x/a.png' });
    expect(images.find('b.png')).toEqual({ problem: '2 image files have this name' });
    expect(images.find('../secret.png')).toEqual({ problem: 'image file is missing' });
    expect(images.find('/etc/passwd')).toEqual({ problem: 'image file is missing' });
    expect(images.find('y/b')).toMatchObject({ relative: 'y/b.png' });
    expect(images.find('y/b.txt')).toMatchObject({ relative: 'y/b.png' });
    await expect(imageFolder(join(root, 'nowhere'))).rejects.toThrow('nowhere: no such folder');
  });

  it('follows links to folders, once each, in a circle too', async () => {
    const root = await temporaryTree({ 'in/a.png': '', 'elsewhere/b.png': '' });
    await symlink(join(root, 'elsewhere'), join(root, 'in', 'linked'));
    await symlink(join(root, 'in'), join(root, 'elsewhere', 'circle'));
    await symlink('..', join(root, 'in', 'above'));
    await symlink(join(root, 'nothing'), join(root, 'in', 'dangling'));
    const paths = await listFiles(join(root, 'in'), ['.png']);
    expect(paths).toEqual(['a.png', 'linked/b.png']);
  });
});
