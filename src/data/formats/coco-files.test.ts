import { describe, expect, it } from 'vitest';
import { brief, jpeg, read } from '../../testing/archive.js';

const coco = (file_name: string, x?: number, id = 1) =>
  JSON.stringify({
    images: [{ id, file_name, width: 40, height: 30 }],
    categories: [{ id: 7, name: 'cyst' }],
    annotations: x === undefined ? [] : [{ image_id: id, category_id: 7, bbox: [x, 2, 3, 4] }],
  });
const given = { format: 'coco', ids: 'files' };
const found = (archive: Awaited<ReturnType<typeof read>>) =>
  archive.records.map(({ id, split, boxes }) => [id, split, boxes.map(({ x }) => x)]);

describe('COCO in several files', async () => {
  const picture = await jpeg(40, 30);

  it('beside the images of each split, which may have equal names', async () => {
    const files = {
      ...{ 'set/train/a.jpg': picture, 'set/train/_annotations.coco.json': coco('a.jpg', 5) },
      ...{ 'set/valid/a.jpg': picture, 'set/valid/_annotations.coco.json': coco('a.jpg') },
      ...{ 'set/test/a.jpg': picture, 'set/test/_annotations.coco.json': coco('a.jpg', 9) },
    };
    const archive = await read('folder', files, { ...given, images: 'set', annotations: 'set' });
    expect(found(archive)).toEqual([
      ['test-a', 'test', [9]],
      ['train-a', 'train', [5]],
      ['valid-a', 'validation', []],
    ]);
    expect([archive.findings, archive.problems, archive.splitBy]).toEqual([['cyst'], [], 'official']);
  });

  it('named for their splits, with images in folders of these or in one', async () => {
    const lists = {
      'lists/instances_train2017.json': coco('a.jpg', 5),
      'lists/instances_val2017.json': coco('b.jpg', 6),
    };
    const places = { ...given, annotations: 'lists' };
    for (const [a, b] of [
      ['images/a.jpg', 'images/b.jpg'],
      ['images/train2017/a.jpg', 'images/val2017/b.jpg'],
    ] as const) {
      const archive = await read('folder', { ...lists, [a]: picture, [b]: picture }, places);
      expect(found(archive).map(([, ...rest]) => rest)).toEqual([
        ['train', [5]],
        ['validation', [6]],
      ]);
    }
    const same = await read(
      'folder',
      {
        ...{ 'images/train2017/a.jpg': picture, 'images/val2017/a.jpg': picture },
        ...{ 'lists/instances_train2017.json': coco('a.jpg', 5), 'lists/val.json': coco('a.jpg', 6) },
      },
      places,
    );
    expect(found(same)).toEqual([
      ['train2017-a', 'train', [5]],
      ['val2017-a', 'validation', [6]],
    ]);
  });

  it('of one image together, and names that state no split', async () => {
    const files = {
      'images/a.jpg': picture,
      'l/left.json': coco('a.jpg', 5),
      'l/right.json': coco('a.jpg', 6),
    };
    const archive = await read('folder', files, { ...given, annotations: 'l' });
    expect(found(archive)).toEqual([['a', undefined, [5, 6]]]);
    expect(brief(archive)).toEqual([['a', 'duplicate']]);
  });

  it('are refused where one is something else, or none is there', async () => {
    const files = { 'images/a.jpg': picture, 'l/a.json': coco('a.jpg', 5), 'l/b.json': '{"a":1}' };
    await expect(read('folder', files, { ...given, annotations: 'l' })).rejects.toThrow(
      /l\/b\.json: .*expected COCO annotations/,
    );
    await expect(read('folder', files, { ...given, annotations: 'images' })).rejects.toThrow(
      'images: holds no .json file; expected COCO annotations',
    );
  });
});
