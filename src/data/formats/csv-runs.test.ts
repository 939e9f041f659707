import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import { maskOfRegion } from '../geometry/region.js';
import { fitsLines } from './runs-fit.js';

const [WIDTH, HEIGHT] = [40, 24];

type Inside = (x: number, y: number) => boolean;

const disc =
  (cx: number, cy: number, radius: number): Inside =>
  (x, y) =>
    (x - cx) ** 2 + (y - cy) ** 2 <= radius ** 2;

/** The pixels of a mask in the order of an encoding, 0 or 1. */
const flat = (inside: Inside, isByRow: boolean, [width, height]: readonly number[] = [WIDTH, HEIGHT]) =>
  Array.from({ length: width! * height! }, (_, i) => {
    const at = isByRow ? [i % width!, Math.floor(i / width!)] : [Math.floor(i / height!), i % height!];
    return inside(at[0]!, at[1]!) ? 1 : 0;
  });

/** Ends of equal pixels, as in the scripts that challenges hand out: pixels padded by 0, changes from 1. */
function changes(pixels: readonly number[]): number[] {
  const padded = [0, ...pixels, 0];
  return padded.flatMap((value, i) => (i > 0 && value !== padded[i - 1] ? [i] : []));
}

const encoders = {
  absolute: (inside: Inside) =>
    changes(flat(inside, false)).map((at, i, all) => (i % 2 ? at - all[i - 1]! : at)),
  'absolute-rows': (inside: Inside) =>
    changes(flat(inside, true)).map((at, i, all) => (i % 2 ? at - all[i - 1]! : at)),
  relative: (inside: Inside) =>
    changes(flat(inside, false)).map((at, i, all) => (i ? at - all[i - 1]! : at - 1)),
  counts: (inside: Inside) => {
    const all = changes(flat(inside, false));
    return [...all.map((at, i) => at - (i ? all[i - 1]! : 1)), WIDTH * HEIGHT + 1 - all.at(-1)!];
  },
} as const;

const encoded = (how: keyof typeof encoders, ...place: readonly [number, number, number]) =>
  encoders[how](disc(...place)).join(' ');

async function table(
  text: string,
  options: Readonly<Record<string, string>> = {},
  [width, height]: readonly [number, number] = [WIDTH, HEIGHT],
) {
  const picture = await jpeg(width, height);
  const images = Object.fromEntries(['a', 'b', 'c'].map((name) => [`images/${name}.jpg`, picture]));
  return read(
    'folder',
    { ...images, 'm.csv': text },
    { format: 'csv', annotations: 'm.csv', ids: 'files', runs: 'absolute', ...options },
  );
}

const marked = async (archive: Awaited<ReturnType<typeof table>>, id: string) =>
  Promise.all(
    record(archive, id).regions.map(async (region) => [
      region.label,
      [...(await maskOfRegion(region, HEIGHT, WIDTH)).data],
    ]),
  );

const pixels = (...place: readonly [number, number, number]) => flat(disc(...place), true);

describe('masks as run lengths in a table', () => {
  it.each(Object.keys(encoders) as (keyof typeof encoders)[])('mark the pixels of runs=%s', async (runs) => {
    const rows = [
      `a.jpg,${encoded(runs, 9, 8, 6)}`,
      `a.jpg,${encoded(runs, 30, 12, 5)}`,
      'b.jpg,',
      'c.jpg,-1',
    ];
    const archive = await table(`ImageId,EncodedPixels\n${rows.join('\n')}\n`, { runs });
    expect(archive.findings).toEqual(['finding']);
    expect(archive.problems).toEqual([]);
    expect(await marked(archive, 'a')).toEqual([
      ['finding', pixels(9, 8, 6)],
      ['finding', pixels(30, 12, 5)],
    ]);
    for (const id of ['b', 'c']) {
      expect(record(archive, id).regions).toEqual([]);
      expect(record(archive, id).annotated).toBeUndefined();
    }
  });

  it('reads counts as they are written in JSON', async () => {
    const cell = `"[${encoded('counts', 9, 8, 6).replaceAll(' ', ', ')}]"`;
    const archive = await table(`ImageId,rle\na,${cell}\n`, { runs: 'counts' });
    expect(await marked(archive, 'a')).toEqual([['finding', pixels(9, 8, 6)]]);
  });

  it('have labels by rows, of which those without a mask say that it is not there', async () => {
    const runs = encoded('absolute', 9, 8, 6);
    const text = `ImageId,ClassId,EncodedPixels\na.jpg,1,${runs}\na.jpg,2,\nb.jpg,1,\nb.jpg,2,${runs}\n`;
    const archive = await table(text, { columns: 'label=ClassId' });
    expect(archive.findings).toEqual(['1', '2']);
    const labels = ['a', 'b'].map((id) => record(archive, id).regions.map(({ label }) => label));
    expect(labels).toEqual([['1'], ['2']]);
    expect(brief(archive)).toEqual([['c', 'missing-annotation']]);
  });

  it.each([
    ['id,rle_mask', 'image=id'],
    ['id,encoding', 'image=id'],
    ['id,annotation', 'image=id,runs=annotation'],
    ['image_id,rle', ''],
  ])('are found in columns %s', async (header, columns) => {
    const archive = await table(`${header}\na,${encoded('absolute', 9, 8, 6)}\nb,\n`, { columns });
    expect(await marked(archive, 'a')).toEqual([['finding', pixels(9, 8, 6)]]);
  });

  it('take yes and no beside them, patients and splits from their columns', async () => {
    const text = `image,has_mask,rle,patient_id,split\na,1,${encoded('absolute', 9, 8, 6)},p,train\nb,0,-1,q,test\nc,0,-1,q,test\n`;
    const archive = await table(text, { columns: 'label=has_mask' });
    expect(archive.findings).toEqual(['finding']);
    expect(archive.problems).toEqual([]);
    expect(['a', 'b', 'c'].map((id) => record(archive, id).split)).toEqual(['train', 'test', 'test']);
    expect(record(archive, 'b').patient).toBe(record(archive, 'c').patient);
  });

  it('tell of a label that has no mask in any row', async () => {
    const archive = await table(
      `image,label,rle\na,cyst,${encoded('absolute', 9, 8, 6)}\nb,mass,\nc,no finding,\n`,
    );
    expect(archive.findings).toEqual(['cyst']);
    expect(archive.problems.map(({ problem }) => problem)).toEqual([
      "no row of 'mass' has a mask: such rows say that it is not there",
    ]);
  });

  it('leave out a picture of another size than their table states', async () => {
    const text = `image,width,height,rle\na,${WIDTH},${HEIGHT},${encoded('absolute', 9, 8, 6)}\nb,80,48,5 9\n`;
    const archive = await table(text);
    expect(await marked(archive, 'a')).toHaveLength(1);
    expect(archive.records.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(archive.problems.map(({ problem }) => problem)).toContain(
      'annotated at 80x48, the picture has 40x24 pixels, masks written as runs are not scaled',
    );
  });
});

describe('run lengths in a table are refused', () => {
  const last = WIDTH * HEIGHT;
  it.each([
    ['beyond the picture', `${last} 2`, `reaches pixel ${last + 1} of an image of ${last} pixels`],
    ['far beyond it', '999999999999999 1', 'reaches pixel'],
    ['of an odd count', '1 2 3', '3 numbers, which are no pairs'],
    ['that overlap', '1 10 5 2', 'overlap or go back at pixel 4'],
    ['out of order', '50 2 10 2', 'overlap or go back at pixel 9'],
    ['from 0', '0 5', 'starts count from 1'],
    ['without length', '5 0', 'is no start and length'],
    ['of other than numbers', '1 2 x 4', 'holds "x", no whole number'],
    ['of broken numbers', '1.5 2', 'holds "1.5", no whole number'],
    ['of negative numbers', '-1 2', 'holds "-1", no whole number'],
  ])('by row and image: %s', async (_, runs, message) => {
    const rows = `a,cyst,${encoded('absolute', 9, 8, 6)}\nb,cyst,${runs}`;
    await expect(table(`image,label,rle\n${rows}\n`)).rejects.toThrow(
      new RegExp(`m\\.csv, row 3, image 'b' of 40x24: .*${message.replaceAll('.', '[.]')}`),
    );
  });

  it.each([
    [
      'a label that is none',
      'image,label,rle\na,normal,5 2\nb,cyst,5 2',
      '',
      /row 2, image 'a' of .* nothing is/,
    ],
    [
      'no label',
      'image,label,rle\na,,5 2\nb,cyst,5 2',
      '',
      /row 2, image 'a' .*column 'label' names no label/,
    ],
    ['a place and no mask', 'image,rle,x,y\na,5 2,3,3\nb,,4,4', '', /row 3: it has no mask .* place in x, y/],
    ['no mask in any row', 'image,rle\na,\nb,-1', '', "column 'rle' holds no mask"],
    ['no column of masks', 'image,code\na,5 2', '', /column 'runs' is missing; .*\(image=.*, runs=\.\.\.\)/],
    [
      'labels in an unknown column',
      'image,ClassId,rle\na,1,5 2',
      '',
      /label=ClassId\), or label=none .* masks/,
    ],
  ])('with %s', async (_, text, columns, message) => {
    await expect(table(text, { columns })).rejects.toThrow(message);
  });

  it('with options that do not go with them', async () => {
    const text = 'image,rle\na,5 2';
    await expect(table(text, { size: '80x48' })).rejects.toThrow(
      'masks written as run lengths are not scaled',
    );
    await expect(table(text, { format: 'voc' })).rejects.toThrow("option 'runs' of folder is for format csv");
    await expect(table(text, { runs: 'unstated', columns: 'runs=rle' })).rejects.toThrow(
      "columns names 'rle' as run lengths, and option runs does not say how",
    );
    await expect(table('image,EncodedPixels\na,5 2', { runs: 'unstated' })).rejects.toThrow(
      "column 'EncodedPixels' holds masks as run lengths; option runs says how they are written",
    );
  });

  it('where they are in another order, unless option size says own', async () => {
    const text = `image,rle\na,${encoded('absolute', 9, 12, 7)}\nb,${encoded('absolute', 25, 10, 6)}\n`;
    await expect(table(text, { runs: 'absolute-rows' })).rejects.toThrow(
      /m\.csv: the runs of 2 of 2 larger masks .*about 2\d pixels, where a row has 40/,
    );
    expect((await table(text, { runs: 'absolute-rows', size: 'own' })).records).toHaveLength(3);
  });

  it.each([
    [2 * WIDTH, 2 * HEIGHT],
    [3 * WIDTH, 3 * HEIGHT],
    [WIDTH + 16, HEIGHT + 8],
  ])('where they are of smaller pictures than those of %ix%i', async (width, height) => {
    const text = `image,rle\na,${encoded('absolute', 9, 12, 7)}\nb,${encoded('absolute', 25, 10, 6)}\n`;
    await expect(table(text, {}, [width, height])).rejects.toThrow('of pictures of another size');
  });
});

describe('run lengths of COCO', () => {
  it.each([
    ['40x24', ['a', 'b'], 0],
    ['20x12', ['b'], 2],
    ['1x1', ['b'], 2],
    ['own', ['a', 'b'], 0],
    ['', ['a', 'b'], 0],
  ])('are not scaled where option size is %j', async (size, ids, problems) => {
    const counts = encoders.counts(disc(9, 8, 6));
    const coco = {
      categories: [{ id: 1, name: 'cyst' }],
      images: [
        { id: 1, file_name: 'a.jpg' },
        { id: 2, file_name: 'b.jpg' },
      ],
      annotations: [{ image_id: 1, category_id: 1, segmentation: { size: [HEIGHT, WIDTH], counts } }],
    };
    const picture = await jpeg(WIDTH, HEIGHT);
    const archive = await read(
      'folder',
      { 'images/a.jpg': picture, 'images/b.jpg': picture, 'm.json': JSON.stringify(coco) },
      { format: 'coco', annotations: 'm.json', ids: 'files', size },
    );
    expect(archive.records.map(({ id }) => id)).toEqual(ids);
    expect(archive.problems).toHaveLength(problems);
  });
});

describe('masks in lines of their pictures', () => {
  const size = [128, 96] as const;
  const fits = (inside: Inside, isByRow: boolean) => {
    const runs = changes(flat(inside, isByRow, size)).map((at, i, all) =>
      i % 2 ? at - all[i - 1]! : at - 1,
    );
    return fitsLines(runs, isByRow ? 'rows' : 'columns', { width: 128, height: 96 })?.fits;
  };

  it.each<[string, Inside]>([
    ['a disc', disc(40, 40, 20)],
    ['a small disc', disc(5, 5, 5)],
    ['two lungs', (x, y) => disc(32, 40, 25)(x, y) || disc(96, 40, 25)(x, y)],
    ['two lungs in the upper part', (x, y) => disc(16, 20, 12)(x, y) || disc(80, 20, 12)(x, y)],
    ['a steep vessel', (x, y) => Math.abs(y - 8 * x) < 6],
    ['a flat vessel', (x, y) => Math.abs(x - 8 * y) < 6],
    ['a ring', (x, y) => disc(60, 45, 40)(x, y) && !disc(60, 45, 30)(x, y)],
    ['stripes', (x, y) => (x + y) % 16 < 5],
    ['dots', (x, y) => x % 9 === 0 && y % 7 === 0],
    ['all', () => true],
  ])('fit them: %s', (_, inside) => {
    for (const isByRow of [true, false]) expect(fits(inside, isByRow)).not.toBe(false);
  });
});
