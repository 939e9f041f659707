import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import { imageElements, madeDicom } from '../../testing/dicom.js';
import { temporaryTree } from '../../testing/tree.js';
import { imageFolder, readText } from './files.js';
import { readTable } from './table.js';

const coco = (...files: string[]) =>
  JSON.stringify({
    images: files.map((file_name, id) => ({ id, file_name })),
    categories: [{ id: 1, name: 'cyst' }],
    annotations: files.map((_, image_id) => ({ image_id, category_id: 1, bbox: [60, 20, 30, 20] })),
  });

describe('names of images', () => {
  it('match in any Unicode form and case where one file is meant, which is told', async () => {
    const image = await jpeg(100, 50);
    const files = {
      'images/Mu\u0308ller.jpg': image,
      'images/scan.JPG': image,
      'images/x.jpg': image,
      'images/X.jpg': image,
    };
    const archive = await read(
      'folder',
      { ...files, 'a.json': coco('M\u00fcller.jpg', 'SCAN.jpg', 'x.jpg') },
      { annotations: 'a.json', ids: 'files' },
    );
    expect(brief(archive).filter(([, kind]) => kind === 'renamed')).toHaveLength(2);
    expect(record(archive, 'scan').boxes).toHaveLength(1);
    expect(record(archive, 'X').boxes).toHaveLength(0);
  });

  it('need no extension: what a file is says its content', async () => {
    const dicom = madeDicom([...imageElements(1, 2), ['7fe00010', 'OB', Uint8Array.of(5, 6)]]);
    const root = await temporaryTree({
      'S1/IM00': dicom,
      'S1/1.2.840.7': dicom,
      'S1/README': 'text',
      'a.txt': 'text',
    });
    const images = await imageFolder(root);
    expect(images.paths).toEqual(['S1/1.2.840.7', 'S1/IM00']);
    expect(images.find('1.2.840.7.dcm')).toMatchObject({ relative: 'S1/1.2.840.7' });
    expect(images.find('IM00.dcm')).toMatchObject({ relative: 'S1/IM00' });
  });

  it('in a folder without images, and archives in their place, are told', async () => {
    const zip = Buffer.from('PK\u0003\u0004rest of it');
    const root = await temporaryTree({ 'in/images.zip': zip, 'in/a.txt': '' });
    await expect(imageFolder(join(root, 'in'))).rejects.toThrow(/holds no image .* images\.zip: unpack it/);
    const other = await temporaryTree({ 'a.txt': 'text', 'b.jxl': Buffer.from('ff0a00', 'hex') });
    await expect(imageFolder(other)).rejects.toThrow(/holds no image .* a\.txt is a text file/);
    const named = await temporaryTree({ 'b.jxl': Buffer.from('ff0a00', 'hex'), 'c.txt': '' });
    await expect(imageFolder(named)).rejects.toThrow(/holds no image .* b\.jxl is a JPEG XL picture/);
    for (const name of ['a.nii.gz', 'a.nii'])
      await expect(imageFolder(await temporaryTree({ [name]: 'volume' }))).rejects.toThrow(
        `${name} is a NIfTI volume: export its slices as pictures`,
      );
    await expect(imageFolder(join(root, 'in/images.zip'))).rejects.toThrow(
      'images.zip: it is a zip archive; unpack it',
    );
    await expect(readText(join(root, 'in/images.zip'), 'labels', 1000)).rejects.toThrow(
      'it is a zip archive',
    );
  });
});

describe('texts', () => {
  it.each([
    ['utf16le', Buffer.from('\uFEFFl\u00e9sion', 'utf16le')],
    ['utf16le without mark', Buffer.from('l,\u00e9sion', 'utf16le').subarray(0)],
    ['utf16be', Buffer.from('\uFEFFl\u00e9sion', 'utf16le').swap16()],
    ['utf8 with mark', Buffer.from('\uFEFFl\u00e9sion', 'utf8')],
  ])('in %s are read', async (_, bytes) => {
    const root = await temporaryTree({ 'a.txt': bytes });
    expect((await readText(join(root, 'a.txt'), 'labels', 100)).replace(',', '')).toBe('l\u00e9sion');
  });

  it('in Latin-1 are refused with the line', async () => {
    const root = await temporaryTree({ 'a.csv': Buffer.from('a\nb\nl\u00e9sion', 'latin1') });
    await expect(readTable(join(root, 'a.csv'), [], 'a table')).rejects.toThrow(
      /a\.csv: line 3 is no UTF-8.*Latin-1/,
    );
  });

  it('of tables may say their separator first', async () => {
    const root = await temporaryTree({
      'a.csv': 'sep=;\r\na;b\r\n1,5;2\r\n',
      'b.csv': '"sep=\t"\na\tb\n1,5\t2\n',
    });
    for (const file of ['a.csv', 'b.csv']) {
      expect((await readTable(join(root, file), [], 'a table')).rows).toEqual([{ a: '1,5', b: '2' }]);
    }
  });
});
