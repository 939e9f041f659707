import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { brief, hash, jpeg, read, record, shown } from '../../testing/archive.js';
import { imageElements, type MadeElement, madeDicom } from '../../testing/dicom.js';
import { temporaryTree } from '../../testing/tree.js';
import { readArchive } from './catalogue.js';

describe("a folder of one's own", () => {
  it('reads COCO, with patients found in paths and nothing of the names shown', async () => {
    const coco = {
      images: [{ id: 1, file_name: 'Miller_03/scan1.png', width: 20, height: 20 }],
      categories: [{ id: 1, name: 'cyst' }],
      annotations: [{ image_id: 1, category_id: 1, bbox: [1, 2, 3, 4] }],
    };
    const files = {
      'pics/Miller_03/scan1.png': '',
      'pics/Miller_03/scan2.png': '',
      'a.json': JSON.stringify(coco),
    };
    const given = { format: 'coco', images: 'pics', annotations: 'a.json', patient: '^([^/]+)/' };
    const archive = await read('folder', files, given);
    expect(record(archive, hash('Miller_03/scan1'))).toMatchObject({
      patient: hash('Miller_03'),
      boxes: [{ x: 1 }],
    });
    expect(brief(archive)).toEqual([[hash('Miller_03/scan2'), 'missing-annotation']]);
    expect(shown(archive)).not.toMatch(/Miller|scan/);
    const open = await read('folder', files, { ...given, ids: 'files' });
    expect(open.records.map(({ id }) => id)).toEqual(['Miller_03-scan1', 'Miller_03-scan2']);
    await expect(read('folder', files, { ...given, patient: '(' })).rejects.toThrow(
      "option 'patient' of folder got '('",
    );
    await expect(read('folder', files, { ...given, format: 'cocoa' })).rejects.toThrow(
      'it takes one of coco, yolo',
    );
    await expect(read('folder', files, { ...given, fromat: 'coco' })).rejects.toThrow(
      "did you mean 'format'",
    );
    await expect(read('folder', files, { ...given, images: 'pcis' })).rejects.toThrow('pcis: no such folder');
  });

  it('names images of COCO that are not listed by their number, not by a text', async () => {
    const of = (image_id: number | string) => ({ image_id, category_id: 1, bbox: [1, 2, 3, 4] });
    const coco = {
      images: [{ id: 1, file_name: 'a.jpg' }],
      categories: [{ id: 1, name: 'cyst' }],
      annotations: [1, 777, 'Miller', 'Miller', 778].map(of),
    };
    for (const annotations of ['ann.json', 'ann'])
      for (const ids of ['files', 'hashed']) {
        const files = { 'images/a.jpg': await jpeg(100, 50) };
        const at = annotations === 'ann' ? 'ann/train.json' : annotations;
        const { problems } = await read(
          'folder',
          { ...files, [at]: JSON.stringify(coco) },
          { annotations, ids },
        );
        expect(problems.map(({ image }) => image)).toEqual(['image_id 777', hash('Miller'), 'image_id 778']);
      }
  });

  it('refuses labels that are too long for a name', async () => {
    const image = await jpeg(100, 50);
    const labelled = (label: string) =>
      read(
        'folder',
        { 'images/a.jpg': image, 'b.csv': `file,what\na.jpg,${label}\n` },
        { format: 'csv', annotations: 'b.csv', columns: 'image=file,label=what' },
      );
    expect((await labelled('c'.repeat(200))).findings).toHaveLength(1);
    expect((await labelled(`${'cyst|'.repeat(100)}node`)).findings).toEqual(['cyst', 'node']);
    await expect(labelled('c'.repeat(201))).rejects.toThrow(
      /b\.csv: a label has 201 characters \('c{40}\.\.\.'\)/,
    );
  });

  it('reads YOLO, CSV, VOC and masks alike', async () => {
    const image = await jpeg(100, 50);
    const box = { label: 'cyst', x: 10, y: 5, width: 20, height: 10 };
    const common = { 'images/a.jpg': image };
    const ids = { ids: 'files' };
    const yolo = await read(
      'folder',
      { ...common, 'annotations/a.txt': '0 0.2 0.2 0.2 0.2', 'annotations/classes.txt': 'cyst\n' },
      { ...ids, format: 'yolo', names: 'annotations/classes.txt', boxes: 'centre' },
    );
    const csv = await read(
      'folder',
      { ...common, 'b.csv': 'file,x1,y1,x2,y2,what\na.jpg,10,5,30,15,cyst\n' },
      {
        ...ids,
        format: 'csv',
        annotations: 'b.csv',
        columns: 'image=file,xmin=x1,ymin=y1,xmax=x2,ymax=y2,label=what',
      },
    );
    const object =
      '<object><name>cyst</name><bndbox><xmin>11</xmin><ymin>6</ymin><xmax>30</xmax><ymax>15</ymax></bndbox></object>';
    const voc = await read(
      'folder',
      { ...common, 'annotations/a.xml': `<annotation><filename>z.jpg</filename>${object}</annotation>` },
      { ...ids, format: 'voc' },
    );
    for (const archive of [yolo, csv, voc]) {
      expect(archive.findings).toEqual(['cyst']);
      expect(archive.problems).toEqual([]);
      expect(record(archive, 'a').boxes).toEqual([box]);
    }
    const half = Uint8Array.from({ length: 100 * 50 }, (_, i) => (i % 100 < 50 ? 255 : 0));
    const mask = await sharp(half, { raw: { width: 100, height: 50, channels: 1 } })
      .png()
      .toBuffer();
    const masks = await read(
      'folder',
      { ...common, 'm/cyst/a_mask.png': mask, 'm/b.png': mask },
      { ...ids, format: 'masks', annotations: 'm' },
    );
    expect(record(masks, 'a').regions).toMatchObject([{ kind: 'file', label: 'cyst' }]);
    expect(brief(masks)).toEqual([[hash('b'), 'missing-image']]);
  });

  it('finds the class names of YOLO beside the labels, the images or above them', async () => {
    const common = { 'images/a.jpg': await jpeg(100, 50), 'labels/a.txt': '1 0.5 0.5 0.2 0.2' };
    const given = { format: 'yolo', annotations: 'labels', ids: 'files', boxes: 'centre' };
    for (const file of ['labels/classes.txt', 'images/obj.names', 'retinal.names']) {
      const archive = await read('folder', { ...common, [file]: 'disc\ncyst\n' }, given);
      expect(archive.problems).toEqual([]);
      expect(record(archive, 'a').boxes.map(({ label }) => label)).toEqual(['cyst']);
    }
    await expect(read('folder', common, given)).rejects.toThrow(/no class names .*labels; option names/);
  });

  it('keeps images of one name in several folders apart', async () => {
    const image = await jpeg(100, 50);
    const files = {
      'images/train/a.jpg': image,
      'images/val/a.jpg': image,
      'labels/train/a.txt': '0 0.5 0.5 0.2 0.2',
      'labels/val/a.txt': '',
      'classes.txt': 'cyst\n',
    };
    const given = { format: 'yolo', annotations: 'labels', ids: 'files', boxes: 'centre' };
    const archive = await read('folder', files, given);
    expect(archive.records.map(({ id, boxes }) => [id, boxes.length])).toEqual([
      ['train-a', 1],
      ['val-a', 0],
    ]);
    expect(archive.problems).toEqual([]);
  });

  it('tells of images in no folder of a split, and of pictures with several pages', async () => {
    const image = await jpeg(100, 50);
    const pages = [image, await sharp(image).negate().toBuffer()];
    const gif = await sharp(pages, { join: { animated: true } })
      .gif()
      .toBuffer();
    const files = { 'images/train/a.jpg': image, 'images/test/b.jpg': image, 'images/more/c.gif': gif };
    const archive = await read(
      'folder',
      { ...files, 'b.csv': 'image,x,y,width,height\na,,,,\nb,,,,\nc,,,,' },
      { format: 'csv', annotations: 'b.csv', ids: 'files' },
    );
    expect(brief(archive)).toEqual([
      ['more-c', 'no-split'],
      ['more-c', 'many-frames'],
    ]);
    expect(archive.records.map(({ split }) => split)).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['a Pascal VOC tree', 'ImageSets/Main/train.txt', 'ImageSets/Main/val.txt', 'a\nb\n', 'c\n'],
    ['paths', 'train.txt', 'valid.txt', './JPEGImages/a.jpg\r\n/data/JPEGImages/b.jpg', 'data/c.jpg'],
    ['its images', 'JPEGImages/training.txt', 'JPEGImages/dev.txt', 'a.jpg\nb.jpg', 'c.jpg\nlost.jpg'],
  ])('follows the lists of %s, unless told not to', async (_, first, second, train, validation) => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].flatMap((name) => [
        [`JPEGImages/${name}.jpg`, ''],
        [`Annotations/${name}.xml`, '<annotation><filename/></annotation>'],
      ]),
    );
    const given = { format: 'voc', images: 'JPEGImages', annotations: 'Annotations', ids: 'files' };
    const splits = async (lists: object, more: object = {}) =>
      (await read('folder', { ...files, ...lists }, { ...given, ...more })).records.map(({ split }) => split);
    const lists = { [first]: train, [second]: validation };
    expect(await splits(lists)).toEqual(['train', 'train', 'validation']);
    const none = [undefined, undefined, undefined];
    expect(await splits(lists, { folders: 'ignored' })).toEqual(none);
    expect(await splits({ [first]: train })).toEqual(none);
    expect(await splits({ [first]: 'notes', [second]: 'of ours' })).toEqual(none);
  });

  it('tells of an image in no list of a split', async () => {
    const files = { 'images/a.png': '', 'images/b.png': '', 'images/c.png': '' };
    const lists = { 'train.txt': 'a', 'test.txt': 'b', 'b.csv': 'image,label\na,cyst\nb,cyst\nc,normal' };
    const archive = await read(
      'folder',
      { ...files, ...lists },
      { annotations: 'b.csv', format: 'csv', ids: 'files' },
    );
    expect(brief(archive)).toEqual([['c', 'no-split']]);
  });

  it('tells what DICOM files say of their patient, pixels and text', async () => {
    const about = (...more: MadeElement[]) =>
      madeDicom(
        [...imageElements(1, 2, {}, more), ['7fe00010', 'OB', Uint8Array.of(5, 6)] as const].sort(
          ([a], [b]) => (a < b ? -1 : 1),
        ),
      );
    const patient: MadeElement = ['00100020', 'LO', 'P1'];
    const respelled: MadeElement = ['00100020', 'LO', 'p 1'];
    const files = {
      'images/a.dcm': about(),
      'images/b.dcm': about(patient, ['00280034', 'IS', '2\\1']),
      'images/c.dcm': about(patient, ['00280030', 'DS', '0.1\\0.4']),
      'images/d.dcm': about(patient, ['00280301', 'CS', 'YES'], ['00280030', 'DS', '0.2\\0.2']),
      'images/e.dcm': about(respelled),
    };
    const archive = await read(
      'folder',
      { ...files, 'b.csv': 'image,x,y,width,height\na,,,,\nb,,,,\nc,,,,\nd,,,,\ne,,,,' },
      { format: 'csv', annotations: 'b.csv', ids: 'files' },
    );
    expect(record(archive, 'e').patient).toBe(hash('P1'));
    expect(brief(archive)).toEqual([
      ['a', 'no-patient'],
      ['b', 'uneven-pixels'],
      ['c', 'uneven-pixels'],
      ['d', 'burned-in'],
      ['e', 'inconsistent'],
    ]);
    expect(archive.problems[1]?.problem).toContain('2 times as high as wide');
    expect(archive.problems[2]?.problem).toContain('4 times as wide as high');
  });

  it.each([
    ['as their files do', ['P1', 'P1', 'P2', 'P2'], []],
    ['more than their files do', ['P1', 'P1', 'P1', 'P1'], []],
    ['apart, of one file', ['P1', 'P9', 'P2', 'P2'], ['a', 'b']],
    ['apart, where one has none', ['', 'P9', 'P2', 'P2'], ['a', 'b']],
  ])('tells images that a table joins %s', async (_, given, told) => {
    const file = (patient: string) =>
      madeDicom([
        ...imageElements(1, 2, {}, [['00100020', 'LO', patient]]),
        ['7fe00010', 'OB', Uint8Array.of(5, 6)],
      ]);
    const ids = ['a', 'b', 'c', 'd'];
    const archive = await read(
      'folder',
      {
        ...Object.fromEntries(ids.map((id, i) => [`images/${id}.dcm`, file(i < 2 ? 'P1' : 'P2')])),
        'b.csv': `image,x,y,width,height,patient\n${ids.map((id, i) => `${id},,,,,${given[i]}`).join('\n')}`,
      },
      { format: 'csv', annotations: 'b.csv', ids: 'files' },
    );
    const apart = archive.problems.filter(({ problem }) => problem.includes('PatientID'));
    expect(apart.map(({ image }) => image)).toEqual(told);
  });

  it('keeps readers apart, and their names to itself', async () => {
    const archive = await read(
      'folder',
      {
        'images/a.png': '',
        'b.csv':
          'image,label,x,y,width,height,radiologist\na,x,1,1,9,9,Doe\na,x,2,2,9,9,Roe\na,y,5,5,9,9,Doe',
      },
      { format: 'csv', annotations: 'b.csv', ids: 'files' },
    );
    expect(record(archive, 'a').boxes.map(({ reader }) => reader)).toEqual(
      ['Doe', 'Roe', 'Doe'].map((name) => hash(name)),
    );
    expect(shown(archive)).not.toMatch(/doe|roe/i);
  });

  it('leaves out a YOLO picture that cannot be measured, and none of the others', async () => {
    const box = '0 0.4 0.4 0.2 0.3';
    const archive = await read(
      'folder',
      {
        ...{ 'images/a.jpg': await jpeg(20, 10), 'images/b.jpg': 'no picture', 'images/c.jpg': '' },
        ...{ 'labels/a.txt': box, 'labels/b.txt': `${box}\n${box}`, 'labels/c.txt': '', 'classes.txt': 'x' },
      },
      { format: 'yolo', annotations: 'labels', ids: 'files', boxes: 'centre' },
    );
    expect(archive.records.map(({ id, boxes }) => [id, boxes.length])).toEqual([
      ['a', 1],
      ['c', 0],
    ]);
    expect(brief(archive)).toEqual([
      ['b', 'unreadable'],
      ['b', 'left-out'],
    ]);
  });

  it.each(['', 'nan', 'N/A'])(
    'takes images whose patient is "%s" for patients of their own',
    async (none) => {
      const archive = await read(
        'folder',
        {
          ...{ 'images/a.png': '', 'images/b.png': '', 'images/c.png': '' },
          'b.csv': `image,x,y,width,height,patient\na,,,,,${none}\nb,,,,,${none}\nc,,,,,P7`,
        },
        { format: 'csv', annotations: 'b.csv', ids: 'files' },
      );
      expect(new Set(archive.records.map(({ patient }) => patient)).size).toBe(3);
      expect(brief(archive)).toEqual([
        ['a', 'no-patient'],
        ['b', 'no-patient'],
      ]);
    },
  );

  it('reads nothing outside its folder, whatever an annotation names', async () => {
    const coco = {
      images: ['../../secret.png', 'a.png'].map((file_name, id) => ({ id, file_name, width: 9, height: 9 })),
      categories: [],
      annotations: [],
    };
    const root = await temporaryTree({
      'secret.png': '',
      'in/images/a.png': '',
      'in/a.json': JSON.stringify(coco),
    });
    const archive = await readArchive('folder', join(root, 'in'), { annotations: 'a.json' }, quietly);
    expect(archive.records.map(({ path }) => path)).toEqual([join(root, 'in/images/a.png')]);
  });
});
