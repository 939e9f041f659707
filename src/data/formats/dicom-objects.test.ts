import { describe, expect, it } from 'vitest';
import { jpeg, read } from '../../testing/archive.js';
import { imageElements, type MadeElement, madeDicom } from '../../testing/dicom.js';

const base = '1.2.840.10008.5.1.4.1.1.';
const pixels = ['7fe00010', 'OW', new Uint8Array(64).fill(1, 9, 30)] as const satisfies MadeElement;
const object = (sopClass: string) => madeDicom([['00080016', 'UI', base + sopClass]]);
const picture = (sopClass: string) =>
  madeDicom([['00080016', 'UI', base + sopClass], ...imageElements(8, 8), pixels]);

const among = (files: Readonly<Record<string, Uint8Array>>, options = {}) =>
  read(
    'folder',
    {
      ...files,
      'i/a.dcm': picture('2'),
      'i/b.dcm': picture('481.1'),
      'a.csv': 'image,label\na,cyst\nb,normal\nx,cyst',
    },
    { format: 'csv', images: 'i', annotations: 'a.csv', ids: 'files', ...options },
  );

describe('DICOM objects among images', () => {
  it.each([
    ['88.33', 'structured report', 'write its findings into a table'],
    ['88.59', 'key object selection', 'leave it out'],
    ['11.1', 'presentation state', 'leave it out'],
    ['481.3', 'RT structure set', 'export what it marks as mask pictures'],
    ['481.5', 'RT plan or record', 'leave it out'],
    ['104.1', 'encapsulated document', 'leave it out'],
    ['9.1.1', 'waveform', 'leave it out'],
  ])('of class %s are named a %s and left out', async (sopClass, name, advice) => {
    const told = `it is a DICOM ${name}, no image; ${advice}`;
    for (const file of ['x', 'other']) {
      const found = await among({ [`i/${file}.dcm`]: object(sopClass) }, { unlabelled: 'negative' });
      expect(found.records.map(({ id }) => id)).toEqual(['a', 'b']);
      expect(found.problems).toContainEqual({ image: file, kind: 'unreadable', problem: told });
    }
  });

  it.each([
    ['66.4', 'segmentation'],
    ['481.2', 'RT dose'],
  ])('of class %s, with pixels, are so too: %s', async (sopClass, name) => {
    const found = await among({ 'i/x.dcm': picture(sopClass) }, { unlabelled: 'negative' });
    expect(found.records.map(({ id }) => id)).toEqual(['a', 'b']);
    const told = found.problems.filter(({ image }) => image === 'x');
    expect(told).toMatchObject([{ problem: expect.stringContaining(`it is a DICOM ${name}, no image`) }]);
  });

  it('are not what files of zeros and headers of volumes are', async () => {
    const files = { 'i/a.raw': new Uint8Array(600), 'i/a.mhd': 'ObjectType = Image\nNDims = 3\n' };
    await expect(
      read(
        'folder',
        { ...files, 'a.csv': 'image,label\na,cyst' },
        { format: 'csv', images: 'i', annotations: 'a.csv' },
      ),
    ).rejects.toThrow(/holds no image .* among 2 files; a.mhd is a MetaImage volume: export its slices/);
  });

  it.each([
    ['66.4', 'DICOM segmentation'],
    ['66.5', 'DICOM surface segmentation'],
    ['66.7', 'DICOM segmentation (label map)'],
    ['481.3', 'DICOM RT structure set'],
  ])('of class %s that name their images by UID alone are no masks: %s', async (sopClass, name) => {
    const [marks, slice] = [object(sopClass), picture('2')];
    const told = async (files: Readonly<Record<string, Uint8Array>>, annotations = 'm') =>
      read('folder', { 'i/a.dcm': slice, ...files }, { format: 'masks', images: 'i', annotations });
    const which = `/m: no mask has the name of an image; p0_seg.dcm is a ${name}`;
    const why = 'references to images by UID are not followed; export what each marks as mask pictures';
    await expect(told({ 'm/p0_seg.dcm': marks })).rejects.toThrow(`${which}: ${why}`);
    await expect(told({ 'm/p0_seg.dcm': marks, 'm/p1': marks })).rejects.toThrow('and so is 1 other file');
    await expect(told({ 'i/x_seg.dcm': marks }, 'i')).rejects.toThrow(`x_seg.dcm is a ${name}`);
    const others = { 'm/p0.dcm': slice, 'm/p1.dcm': object('88.33'), 'm/p2.dcm': new Uint8Array(9) };
    await expect(told(others)).rejects.toThrow(/found 3 files, such as p0\.dcm$/);
  });

  it('are masks where they hold one picture, and named where none', async () => {
    const files = async (mask: Uint8Array) =>
      read(
        'folder',
        { 'i/a.jpg': await jpeg(8, 8), 'm/a.dcm': mask },
        { format: 'masks', images: 'i', annotations: 'm', ids: 'files' },
      );
    expect((await files(picture('66.4'))).records).toMatchObject([{ regions: [{ label: 'finding' }] }]);
    expect((await files(object('481.3'))).problems[0]!.problem).toBe(
      'its mask cannot be read: it is a DICOM RT structure set and holds no pixel data',
    );
  });
});
