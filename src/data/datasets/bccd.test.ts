import { describe, expect, it } from 'vitest';
import { read, record } from '../../testing/archive.js';

describe('BCCD', () => {
  it('takes the official split and tells images without annotation', async () => {
    const xml =
      '<annotation><filename>BloodImage_00000.jpg</filename><size><width>640</width><height>480</height><depth>3</depth></size><object><name>WBC</name><bndbox><xmin>260</xmin><ymin>177</ymin><xmax>491</xmax><ymax>376</ymax></bndbox></object></annotation>';
    const files = {
      'BCCD/Annotations/BloodImage_00000.xml': xml,
      'BCCD/JPEGImages/BloodImage_00000.jpg': '',
      'BCCD/JPEGImages/BloodImage_00001.jpg': '',
      'BCCD/ImageSets/Main/val.txt': 'BloodImage_00000\n',
    };
    const archive = await read('bccd', files);
    expect(record(archive, 'BloodImage_00000')).toMatchObject({
      boxes: [{ label: 'WBC', x: 260, y: 177, width: 231, height: 199 }],
      split: 'validation',
    });
    expect(record(archive, 'BloodImage_00001')).toMatchObject({ annotated: false });
    const broken = { ...files, 'BCCD/Annotations/BloodImage_00000.xml': xml.slice(0, 100) };
    await expect(read('bccd', broken)).rejects.toThrow(/BloodImage_00000\.xml: malformed XML/);
    await expect(read('bccd', {})).rejects.toThrow('BCCD/Annotations or Annotations not found');
  });

  it('counts overlapping fields of view as one patient, or each as asked', async () => {
    const numbers = ['00018', '00019', '00020', '00276', '00204'];
    const files = Object.fromEntries([
      ['BCCD/Annotations/none.txt', ''],
      ...numbers.map((number) => [`BCCD/JPEGImages/BloodImage_${number}.jpg`, '']),
    ]);
    const patients = async (options = {}) => {
      const archive = await read('bccd', files, options);
      return numbers.map((number) => record(archive, `BloodImage_${number}`).patient);
    };
    const [alone, a, b, c, d] = await patients();
    expect([b, d]).toEqual([a, c]);
    expect(new Set([alone, a, c]).size).toBe(3);
    expect(new Set(await patients({ fields: 'apart' })).size).toBe(5);
  });
});
