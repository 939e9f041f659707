import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import { csv, sizes } from '../../testing/csv-boxes.js';

describe('coordinates of another size', () => {
  const shares = `${sizes}a,cyst,0.1,0.2,0.3,0.4\nb,,,,,\nc,,,,,`;

  it('are refused with what to say, and read where it is said', async () => {
    await expect(csv(shares)).rejects.toThrow(
      /b\.csv: the boxes reach to 0\.4, 0\.6.* shares of the picture.*option size/,
    );
    expect(record(await csv(shares, { size: '1x1' }), 'a').boxes).toEqual([
      { label: 'cyst', x: 10, y: 10, width: 30, height: 20 },
    ]);
    const large = `${sizes}a,cyst,500,100,200,200\nb,,,,,\nc,,,,,`;
    await expect(csv(large)).rejects.toThrow(/of pictures of another size/);
    expect(record(await csv(large, { size: '1000x500' }), 'a').boxes).toMatchObject([{ x: 50, width: 20 }]);
    await expect(csv(large, { size: 'big' })).rejects.toThrow("option 'size' of folder got 'big'");
    const corner = `${sizes}${Array.from({ length: 9 }, (_, i) => `a,cyst,${i},${i},5,5`).join('\n')}`;
    await expect(csv(corner)).rejects.toThrow(/upper left part/);
    expect(record(await csv(corner, { size: 'own' }), 'a').boxes).toHaveLength(9);
  });

  it('are refused where most reach out of the size that the annotations state', async () => {
    const coco = (out: number) =>
      JSON.stringify({
        images: [{ id: 1, file_name: 'a.jpg', width: 100, height: 50 }],
        categories: [{ id: 1, name: 'cyst' }],
        annotations: Array.from({ length: 15 }, (_, i) => ({
          ...{ image_id: 1, category_id: 1 },
          bbox: i < out ? [500 + i, 30 * i, 200, 200] : [i, i, 9, 9],
        })),
      });
    const of = async (out: number, size = '') =>
      read(
        'folder',
        { 'images/a.jpg': await jpeg(100, 50), 'a.json': coco(out) },
        { annotations: 'a.json', ids: 'files', size },
      );
    await expect(of(8)).rejects.toThrow(
      /a\.json: the boxes reach to 707, 410.*: 8 of 15 reach out of the size that the annotations state.*option size/,
    );
    expect(record(await of(7), 'a').boxes).toHaveLength(8);
    expect(record(await of(8, '1000x500'), 'a').boxes[0]).toMatchObject({ x: 50, width: 20 });
  });

  it('are scaled where annotations state a size of the same proportions', async () => {
    const coco = (width: number, height: number) =>
      JSON.stringify({
        images: [{ id: 1, file_name: 'a.jpg', width, height }],
        categories: [{ id: 1, name: 'cyst' }],
        annotations: [{ image_id: 1, category_id: 1, bbox: [20, 10, 40, 30] }],
      });
    const of = async (width: number, height: number) =>
      read(
        'folder',
        { 'images/a.jpg': await jpeg(100, 50), 'a.json': coco(width, height) },
        { annotations: 'a.json', ids: 'files' },
      );
    const copy = await of(200, 100);
    expect(record(copy, 'a')).toMatchObject({
      width: 100,
      height: 50,
      boxes: [{ x: 10, y: 5, width: 20, height: 15 }],
    });
    expect(brief(copy)).toEqual([['a', 'rescaled']]);
    expect(brief(await of(100, 100))).toEqual([
      ['a', 'inconsistent'],
      ['a', 'left-out'],
    ]);
  });
});
