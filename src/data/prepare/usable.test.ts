import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { brief, jpeg, read } from '../../testing/archive.js';
import { checkUsable } from './index.js';

const SIDE = 20;
const mask = (high: number, width = SIDE) =>
  sharp(
    Uint8Array.from({ length: width * SIDE }, (_, i) => (i % width < 6 && i < 6 * width ? high : 0)),
    { raw: { width, height: SIDE, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();
const damaged = Buffer.from('89504e470d0a1a0a00', 'hex');

async function masks(files: Readonly<Record<string, Buffer>>) {
  const picture = await jpeg(SIDE, SIDE);
  const images = Object.fromEntries(Object.keys(files).map((name) => [`images/${name}.jpg`, picture]));
  const made = Object.fromEntries(Object.entries(files).map(([name, file]) => [`m/${name}.png`, file]));
  return read('folder', { ...images, ...made }, { format: 'masks', annotations: 'm', ids: 'files' });
}

describe('annotations of which none can be used', () => {
  it.each([
    ['damaged masks', damaged, 'its mask cannot be read'],
    ['masks of other proportions', mask(255, 60), 'of other proportions'],
  ])('are refused: %s', async (_, file, why) => {
    const archive = await masks({ a: await file, b: await file });
    expect(() => checkUsable(archive)).toThrow(
      new RegExp(`^folder: none of its 2 images \\(2 left out\\) has a finding that can be used; .*${why}`),
    );
  });

  it('are refused with what costs images their places, before what is only told', () => {
    const place = { kind: 'box', label: 'cyst' } as const;
    const problems = [
      { image: 'a', problem: 'is told' },
      { image: 'a', problem: 'is cut', place, kind: 'clipped' as const },
      { image: 'a', problem: 'costs its places', place, kind: 'inconsistent' as const },
    ];
    const archive = {
      name: 'folder',
      findings: ['cyst'],
      records: [],
      leftOut: [{ id: 'a', path: 'a.jpg' }],
    };
    expect(() => checkUsable({ ...archive, problems })).toThrow(/3 problems were found, such as: costs/);
    expect(() => checkUsable({ ...archive, problems: problems.slice(0, 1) })).toThrow(/such as: is told$/);
  });

  it('are refused: black masks, and tables or lists without a finding', async () => {
    const files = { 'images/a.jpg': await jpeg(SIDE, SIDE) };
    const coco = { images: [{ id: 1, file_name: 'a.jpg' }], annotations: [], categories: [] };
    const lists = [
      masks({ a: await mask(0) }),
      read('folder', { ...files, 'a.json': JSON.stringify(coco) }, { format: 'coco', annotations: 'a.json' }),
      read(
        'folder',
        { ...files, 'a.csv': 'image,label,x,y,width,height\na.jpg,no finding,,,,\n' },
        { format: 'csv', annotations: 'a.csv' },
      ),
    ];
    for (const one of lists) {
      const archive = await one;
      expect(() => checkUsable(archive)).toThrow(/^folder: its only image has no finding that can be used$/);
    }
  });

  it('leave out the image of a damaged mask, which may be positive or negative', async () => {
    const archive = await masks({ a: damaged, b: await mask(255), c: await mask(0), d: await mask(255) });
    expect(archive.records.map(({ id }) => id)).toEqual(['b', 'c', 'd']);
    expect(brief(archive)).toEqual([
      ['a', 'unreadable'],
      ['a', 'left-out'],
    ]);
  });

  it('name what is in a folder without pictures', async () => {
    const numpy = Buffer.from('\x93NUMPY\x01\0', 'latin1');
    const files = { 'images/a.jpg': await jpeg(SIDE, SIDE), 'm/a.npy': numpy };
    const made = read('folder', files, { format: 'masks', annotations: 'm' });
    await expect(made).rejects.toThrow('no picture is there; a.npy is a NumPy array (.npy)');
  });
});
