import { describe, expect, it } from 'vitest';
import { read, record } from '../../testing/archive.js';

describe('object-CXR', () => {
  const files = {
    'train/08001.jpg': '',
    'train/08002.jpg': '',
    'dev/09001.jpg': '',
    'train.csv':
      'image_name,annotation\n08001.jpg,0 10 20 30 50;1 100 100 140 120;2 5 5 9 5 9 9\n08002.jpg,\n',
    'dev.csv': 'image_path,annotation\n/data/dev/09001.jpg,0 1 2 3 4\n',
  };

  it('reads rectangles, ellipses and polygons', async () => {
    const archive = await read('object-cxr', files);
    const one = record(archive, 'train-08001');
    expect(one.boxes.map(({ x, y, width, height }) => [x, y, width, height])).toEqual([
      [10, 20, 20, 30],
      [100, 100, 40, 20],
      [5, 5, 4, 4],
    ]);
    expect(one.regions.map((region) => region.kind)).toEqual(['polygon', 'polygon']);
    expect(one.findings).toEqual(['foreign object']);
    expect(record(archive, 'train-08002')).toMatchObject({ boxes: [], findings: [], split: 'train' });
    expect(record(archive, 'dev-09001')).toMatchObject({ split: 'validation', boxes: [{ x: 1 }] });
    expect(archive.problems).toEqual([]);
  });

  it.each(['3 1 2 3 4', '0 1 2 3', '2 1 2 3 4', '0 1 2 3 x'])('refuses the object %s', async (object) => {
    const wrong = { ...files, 'train.csv': `image_name,annotation\n08001.jpg,${object}\n` };
    await expect(read('object-cxr', wrong)).rejects.toThrow(
      `row 2: '${object}' is no object; it takes '0 x1`,
    );
  });
});
