import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brief, hash, jpeg, read, record } from '../../testing/archive.js';
import { csv, sizes } from '../../testing/csv-boxes.js';

describe('columns of which several may be meant', () => {
  it.each([
    ['image,label,left,top,right,bottom,width,height\na,cyst,1,2,30,40,100,50', 'are both boxes, and differ'],
    ['image,filename,x,y,w,h\na,b,1,2,3,4', 'image and filename may be the image, and differ'],
    ['image,label,class,x,y,w,h\na,cyst,mass,1,2,3,4', 'label and class may be the label, and differ'],
    ['image,kind,x,y,w,h\na,cyst,1,2,3,4', 'no column is known to hold the label'],
    [
      'image,x,y,w,h,cyst,mass\na,1,2,3,4,1,0\nb,5,6,3,4,0,1\nc,,,,,0,0',
      'cyst and mass mark one finding in each row',
    ],
  ])('are asked about: %j', async (rows, message) => {
    await expect(csv(rows)).rejects.toThrow(message);
  });

  it.each([
    ['image,label,left,top,right,bottom,width,height\na,cyst,1,2,30,40,29,38', ''],
    ['image,label,left,top,right,bottom,width,height\na,cyst,1,2,30,40,100,50', 'xmin=left'],
    ['image,diagnosis,x,y,w,h\na,cyst,1,2,29,38', ''],
    ['image,kind,x,y,w,h\na,cyst,1,2,29,38', 'label=kind'],
  ])('are read where they agree, or where it is said: %j %j', async (rows, columns) => {
    const archive = await csv(`${rows}\n`, { columns });
    expect(record(archive, 'a').boxes).toEqual([{ label: 'cyst', x: 1, y: 2, width: 29, height: 38 }]);
  });

  it.each([
    ['flags of which none or both may be set', 'difficult,cut', '0,0', '1,1'],
    ['one flag', 'cut,site', '1,7', '0,3'],
  ])('are no findings where they are %s', async (_, names, first, second) => {
    const archive = await csv(`image,x,y,w,h,${names}\na,1,2,3,4,${first}\nb,5,6,30,40,${second}`);
    expect(archive.findings).toEqual(['finding']);
  });

  it('tell of patients and of the split', async () => {
    const rows =
      'image,label,x,y,w,h,patient_id,split\na,cyst,1,2,29,38,P1,train\nb,cyst,1,2,60,38,P1,train\nc,,,,,,P2,test';
    const archive = await csv(rows);
    expect(new Set(archive.records.map(({ patient }) => patient)).size).toBe(2);
    expect(archive.records.map(({ split }) => split)).toEqual(['train', 'train', 'test']);
    expect(archive.splitBy).toBe('official');
  });

  it('state the split also where an image in no row is no negative', async () => {
    const rows = 'image,label,x,y,w,h,split\na,cyst,1,2,29,38,train\nb,cyst,1,2,60,38,test';
    expect((await csv(rows)).splitBy).toBe('official');
    const negative = await csv(rows, { unlabelled: 'negative' });
    expect(negative.splitBy).toBe(undefined);
    expect(negative.problems).toEqual([
      { image: 'c', kind: 'no-split', problem: 'no split is stated for it: no stated split is followed' },
    ]);
  });

  it.each([
    ['cyst,1,2,29,38,P1,train', 'cyst,40,2,9,9,P2,train', 'inconsistent', "differ in column 'patient'"],
    ['cyst,1,2,29,38,P1,train', 'cyst,40,2,9,9,P1,test', 'inconsistent', "differ in column 'split'"],
    ['cyst,1,2,29,38,P1,train', 'normal,,,,,P1,train', 'inconsistent', 'a finding and that there is none'],
    [
      'cyst,1,2,29,38,P1,holdout',
      '',
      'no-split',
      "column 'split' states a split for it that is none of train, validation, test",
    ],
    ['cyst,1,2,29,38,P1,', '', 'no-split', 'no split is stated for it'],
  ])('tell where rows of an image contradict each other: %j %j', async (first, second, kind, why) => {
    const rows = ['image,label,x,y,w,h,patient,split', `a,${first}`, 'b,,,,,,P3,test', 'c,,,,,,P4,train'];
    const archive = await csv([...rows, ...(second === '' ? [] : [`a,${second}`])].join('\n'));
    expect(archive.problems).toEqual([{ image: 'a', kind, problem: expect.stringContaining(why) }]);
    expect(record(archive, 'a').boxes.length).toBeGreaterThan(0);
  });

  it.each([
    ['width,height', '200,100', 2],
    ['width,height', '29,38', 1],
    ['image_width,image_height', '200,100', 2],
    ['img_w,img_h', '100,50', 1],
  ])('tell of the size of which the boxes are: %s of %s', async (names, size, factor) => {
    const rows = `image,${names},label,xmin,ymin,xmax,ymax\na,${size},cyst,1,2,30,40`;
    expect(record(await csv(rows), 'a').boxes).toMatchObject([{ x: 1 / factor, width: 29 / factor }]);
  });

  it('a column of answers names no finding: no is a negative', async () => {
    for (const [no, yes] of [
      ['0', '1'],
      ['0.0', '1.0'],
      ['False', 'TRUE'],
    ] as const) {
      const archive = await csv(`${sizes}a,${yes},70,30,9,9\nb,${no},,,,\nc,${no},0,0,0,0`);
      expect(archive.findings).toEqual(['finding']);
      expect(archive.records.map(({ boxes }) => boxes.length)).toEqual([1, 0, 0]);
    }
    const classes = await csv(`${sizes}a,1,70,30,9,9\nb,0,70,20,9,9\nc,,,,,`);
    expect(classes.findings).toEqual(['0', '1']);
  });

  it('a VOC object without a box stays a label', async () => {
    const voc = (body: string) => `<annotation><object><name>cyst</name>${body}</object></annotation>`;
    const files = {
      'images/a.jpg': await jpeg(100, 50),
      'ann/a.xml': voc('<pose>Left</pose>'),
    };
    const archive = await read('folder', files, { format: 'voc', annotations: 'ann', ids: 'files' });
    expect(archive.findings).toEqual(['cyst']);
    expect(record(archive, 'a').findings).toEqual(['cyst']);
  });

  it.each([
    ['a.png', 'a.jpg', 'files', 'a.png', 'another image has its name but for the extension: it is left out'],
    ['a.png', 'a.jpg', 'hashed', `${hash('a')}.png`, 'another image has its name but for the extension: it'],
    ['d/a.png', 'd-a.png', 'files', 'd-a (2)', 'another image has its id: it is left out'],
    ['a.Miller', 'a.jpg', 'hashed', `${hash('a')} (2)`, 'another image has its id: it is left out'],
  ])('of %s beside %s the one that is left out is named', async (second, first, ids, image, told) => {
    const picture = await jpeg(100, 50);
    const files = { [`images/${first}`]: picture, [`images/${second}`]: picture };
    const rows = `image,label\n${first},cyst\n${second},disc\n`;
    const given = { format: 'csv', annotations: 'b.csv', ids };
    const { records, problems, leftOut } = await read('folder', { ...files, 'b.csv': rows }, given);
    expect(records.map(({ path, findings }) => [basename(path), findings])).toEqual([[first, ['cyst']]]);
    expect(problems).toEqual([{ image, kind: 'duplicate', problem: expect.stringContaining(told) }]);
    expect(leftOut!.map(({ id, path }) => [id, basename(path)])).toEqual([[image, basename(second)]]);
  });

  it('boxes that differ by less than the hundredth of a pixel count once', async () => {
    const archive = await csv(`${sizes}a,cyst,70,30,9,9\na,cyst,70.0004,30,9,9\nb,,,,,\nc,,,,,`);
    expect(record(archive, 'a').boxes).toHaveLength(1);
    expect(brief(archive)).toEqual([['a', 'duplicate']]);
  });
});
