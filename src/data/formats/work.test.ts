import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { jpeg, read } from '../../testing/archive.js';
import { workOf } from '../../testing/work.js';

type Files = Readonly<Record<string, string | Uint8Array>>;

let picture: Uint8Array;
let mask: Uint8Array;
beforeAll(async () => {
  const marked = Uint8Array.from({ length: 64 * 48 }, (_, i) => (i % 64 < 9 && i < 640 ? 255 : 0));
  picture = await jpeg(64, 48);
  mask = await sharp(marked, { raw: { width: 64, height: 48, channels: 1 } })
    .png()
    .toBuffer();
});

const upTo = (rows: number) => Array.from({ length: rows }, (_, i) => i);
const named = (rows: number, file: (i: number) => readonly [string, string | Uint8Array]): Files =>
  Object.fromEntries(upTo(rows).map(file));
const pictures = (rows: number) => named(rows, (i) => [`images/p${i}.jpg`, picture]);
const table = (rows: number, row: (i: number) => string, columns = 'image,label,x,y,width,height') =>
  `${columns}\n${upTo(rows).map(row).join('\n')}`;
const boxed = (i: number, label = 'cyst') => (i % 2 ? `${label},40,30,9,9` : ',,,,');
const voc = (i: number) =>
  `<annotation><filename>p${i}.jpg</filename><object><name>cyst</name><bndbox><xmin>${40 + (i % 2)}</xmin><ymin>30</ymin><xmax>49</xmax><ymax>39</ymax></bndbox></object></annotation>`;
const coco = (rows: number) =>
  JSON.stringify({
    images: upTo(rows).map((id) => ({ id, file_name: `p${id}.jpg` })),
    categories: [{ id: 1, name: 'cyst' }],
    annotations: upTo(rows).map((image_id) => ({ image_id, category_id: 1, bbox: [40, 30, 9, 9] })),
  });
const masks = { format: 'masks', annotations: 'm' };
const csv = { format: 'csv', annotations: 'b.csv' };

/** What is read of so many rows. */
const sets: Readonly<Record<string, (rows: number) => readonly [Files, object]>> = {
  'CSV rows of one image': (rows) => [
    { ...pictures(2), 'b.csv': table(rows, (i) => (i === 0 ? 'p1,,,,,' : `p0,cyst,${40 + (i % 9)},30,9,9`)) },
    csv,
  ],
  'CSV rows of missing images': (rows) => [
    { ...pictures(4), 'b.csv': table(rows, (i) => `p${i},${boxed(i)}`) },
    csv,
  ],
  'CSV rows of images': (rows) => [
    { ...pictures(rows), 'b.csv': table(rows, (i) => `p${i},${boxed(i)}`) },
    csv,
  ],
  'CSV labels': (rows) => [
    { ...pictures(4), 'b.csv': table(rows, (i) => `p${i % 4},"a${i}, b${i}"`, 'image,label') },
    csv,
  ],
  'CSV run lengths': (rows) => [
    {
      ...pictures(rows),
      'b.csv': table(rows, (i) => `p${i}.jpg,${i % 2 ? '1 9' : ''}`, 'image,EncodedPixels'),
    },
    { ...csv, runs: 'absolute' },
  ],
  'COCO images': (rows) => [
    { ...pictures(rows), 'b.json': coco(rows) },
    { format: 'coco', annotations: 'b.json' },
  ],
  'VOC files': (rows) => [
    { ...pictures(rows), ...named(rows, (i) => [`m/p${i}.xml`, voc(i)]) },
    { format: 'voc', annotations: 'm' },
  ],
  'YOLO files': (rows) => [
    {
      ...pictures(rows),
      ...named(rows, (i) => [`m/p${i}.txt`, i % 2 ? '0 0.5 0.5 0.2 0.2' : '']),
      'm/classes.txt': 'cyst',
    },
    { format: 'yolo', annotations: 'm' },
  ],
  'numbered masks': (rows) => [
    { ...pictures(rows), ...named(rows, (i) => [`m/p${i}_cyst_1.png`, mask]) },
    masks,
  ],
  'masks among images': (rows) => [
    { ...pictures(rows), ...named(rows, (i) => [`images/p${i}_mask.png`, mask]) },
    { ...masks, annotations: 'images' },
  ],
  'class folders': (rows) => [
    named(rows, (i) => [`images/${i % 2 ? 'cyst' : 'normal'}/p${i}.jpg`, picture]),
    { format: 'class-folders' },
  ],
};

describe('the work of reading annotations grows with their number, not its square', () => {
  it.each(Object.entries(sets))('%s', async (_what, set) => {
    const work = async (rows: number) => {
      const [files, options] = set(rows);
      return workOf(() => read('folder', files, { ids: 'files', ...options }));
    };
    const [few, some, many] = [await work(20), await work(40), await work(80)];
    // What is done once for a set drops out of the differences.
    expect((many - some) / (some - few)).toBeLessThan(2.1);
  });
});
