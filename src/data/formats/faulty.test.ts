import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brief, hash, jpeg, read, record } from '../../testing/archive.js';

const csv = async (rows: string, options: Readonly<Record<string, unknown>> = {}) => {
  const images = Object.fromEntries(
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => [`images/${name}.jpg`, await jpeg(100, 50)] as const),
    ),
  );
  return read(
    'folder',
    { ...images, 'b.csv': rows },
    { format: 'csv', annotations: 'b.csv', ids: 'files', ...options },
  );
};
const corners = 'image,label,xmin,ymin,xmax,ymax\n';
const sizes = 'image,label,x,y,width,height\n';

describe('a faulty box never makes a negative of a positive', () => {
  it.each([
    [`${corners}a,cyst,30,20,10,5`, 'mended'],
    [`${corners}a,cyst,10,20,30,5`, 'mended'],
  ])('corners the wrong way round are swapped: %j', async (rows, kind) => {
    const archive = await csv(`${rows}\nb,,,,,\nc,,,,,`);
    expect(record(archive, 'a').boxes).toEqual([{ label: 'cyst', x: 10, y: 5, width: 20, height: 15 }]);
    expect(brief(archive)).toEqual([['a', kind]]);
  });

  it.each([
    [`${sizes}a,cyst,10,5,0,4`, ['degenerate', 'left-out']],
    [`${sizes}a,cyst,10,5,-3,4`, ['degenerate', 'left-out']],
    [`${sizes}a,cyst,-30,5,3,4`, ['outside', 'left-out']],
    [
      `${sizes}a,cyst,110,5,3,4\nb,cyst,1,1,5,5\nb,cyst,2,2,5,5\nb,cyst,3,3,5,5\nc,cyst,70,30,5,5\nc,cyst,75,30,5,5`,
      ['outside', 'left-out'],
    ],
  ])('an image without a usable place is left out and named: %j', async (rows, kinds) => {
    const archive = await csv(rows);
    expect(archive.records.map(({ id }) => id)).not.toContain('a');
    expect(
      brief(archive)
        .filter(([id]) => id === 'a')
        .map(([, kind]) => kind),
    ).toEqual(kinds);
  });

  it('an image with another place of the finding stays', async () => {
    const archive = await csv(`${sizes}a,cyst,10,5,0,4\na,cyst,70,30,9,9\nb,,,,,\nc,,,,,`);
    expect(record(archive, 'a').boxes).toHaveLength(1);
    expect(brief(archive)).toEqual([['a', 'degenerate']]);
  });

  it('COCO boxes that lack a number are left out, and texts of numbers are read', async () => {
    const pictures = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => [`images/${name}.jpg`, await jpeg(100, 50)] as const),
    );
    const annotations = [
      { image_id: 0, category_id: 1, bbox: [null, 5, 9, 9] },
      { image_id: 1, category_id: 1, bbox: ['10', '5.5', '9', '8'] },
    ];
    const images = ['a', 'b', 'c'].map((name, id) => ({ id, file_name: `${name}.jpg` }));
    const root = JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'cyst' }] });
    const given = { annotations: 'a.json', ids: 'files' };
    const archive = await read('folder', { ...Object.fromEntries(pictures), 'a.json': root }, given);
    expect(archive.records.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(record(archive, 'b').boxes).toEqual([{ label: 'cyst', x: 10, y: 5.5, width: 9, height: 8 }]);
    expect(brief(archive)).toEqual([
      ['a', 'degenerate'],
      ['a', 'left-out'],
    ]);
    expect(archive.problems[0]!.problem).toBe("box 'cyst' [null, 5, 9, 9] lacks a number");
  });

  it('a label without a box stays a label, and one such as "No finding" says nothing', async () => {
    const archive = await csv(`${sizes}a,cyst,,,,\nb,No finding,,,,\nc,normal,0,0,1,1`);
    expect(archive.findings).toEqual(['cyst']);
    expect(record(archive, 'a').findings).toEqual(['cyst']);
    expect(record(archive, 'b').findings).toBeUndefined();
    expect(record(archive, 'c').boxes).toEqual([]);
  });
});

describe('a box over the edge of its picture is cut, kept and told', () => {
  const pictures = async () =>
    Object.fromEntries(
      await Promise.all(
        ['a', 'b', 'c'].map(async (name) => [`images/${name}.jpg`, await jpeg(100, 100)] as const),
      ),
    );
  const edges = [
    ['right', [90, 40, 20, 12], { x: 90, width: 10 }],
    ['left', [-10, 40, 20, 12], { x: 0, width: 10 }],
    ['bottom', [40, 94, 20, 12], { y: 94, height: 6 }],
    ['top', [40, -6, 20, 12], { y: 0, height: 6 }],
    ['corner', [90, 94, 20, 12], { x: 90, y: 94, width: 10, height: 6 }],
  ] as const;
  const inner = [
    [40, 30, 20, 12],
    [50, 60, 20, 12],
  ] as const;
  type Boxes = readonly (readonly number[])[];
  const coco = (size: object) => (boxes: Boxes) => ({
    'a.json': JSON.stringify({
      images: boxes.map((_, id) => ({ id, file_name: `${'abc'[id]}.jpg`, ...size })),
      categories: [{ id: 1, name: 'cyst' }],
      annotations: boxes.map((bbox, id) => ({ id, image_id: id, category_id: 1, bbox })),
    }),
  });
  const each = (boxes: Boxes, text: (box: readonly number[]) => string, ending: string) =>
    Object.fromEntries(boxes.map((box, i) => [`ann/${'abc'[i]}.${ending}`, text(box)]));
  const formats = {
    'COCO with sizes': [coco({ width: 100, height: 100 }), { annotations: 'a.json' }],
    'COCO without sizes': [coco({}), { annotations: 'a.json' }],
    CSV: [
      (boxes: Boxes) => ({
        'b.csv': `${sizes}${boxes.map((box, i) => `${'abc'[i]},cyst,${box}`).join('\n')}`,
      }),
      { format: 'csv', annotations: 'b.csv' },
    ],
    VOC: [
      (boxes: Boxes) =>
        each(
          boxes,
          ([x, y, w, h]) =>
            `<annotation><object><name>cyst</name><bndbox><xmin>${x! + 1}</xmin><ymin>${y! + 1}</ymin><xmax>${x! + w!}</xmax><ymax>${y! + h!}</ymax></bndbox></object></annotation>`,
          'xml',
        ),
      { format: 'voc', annotations: 'ann' },
    ],
    YOLO: [
      (boxes: Boxes) => ({
        ...each(
          boxes,
          ([x, y, w, h]) => `0 ${[x! + w! / 2, y! + h! / 2, w!, h!].map((one) => one / 100).join(' ')}`,
          'txt',
        ),
        'ann/classes.txt': 'cyst',
      }),
      { format: 'yolo', annotations: 'ann' },
    ],
  } as const;
  const cases = Object.keys(formats).flatMap((format) =>
    edges.flatMap(([edge, box, kept]) => [1, 2].map((others) => [format, edge, others, box, kept] as const)),
  );

  it.each(cases)('%s, %s, beside %i other boxes', async (format, _, others, box, kept) => {
    const [write, options] = formats[format as keyof typeof formats];
    const files = { ...(await pictures()), ...write([box, ...inner.slice(0, others)]) };
    const archive = await read('folder', files, { ...options, ids: 'files', unlabelled: 'negative' });
    const [cut] = record(archive, 'a').boxes;
    for (const [key, value] of Object.entries(kept)) expect(cut![key as 'x']).toBeCloseTo(value, 6);
    expect(brief(archive).filter(([, kind]) => kind === 'clipped')).toEqual([['a', 'clipped']]);
    expect(archive.records).toHaveLength(3);
  });

  it('and refused where several stand out, or one alone lies mostly outside', async () => {
    const out = `${sizes}a,cyst,90,20,20,12\nb,cyst,90,20,20,12`;
    await expect(csv(out)).rejects.toThrow(/of pictures of another size/);
    await expect(csv(`${sizes}a,cyst,95,20,200,12\nb,,,,,`)).rejects.toThrow(/of pictures of another size/);
  });

  it('as is an outline without a box, once', async () => {
    const segmentation = [[80, 40, 130, 40, 130, 60, 80, 60]];
    for (const size of [{}, { width: 100, height: 100 }]) {
      const archive = await read(
        'folder',
        {
          ...(await pictures()),
          'a.json': JSON.stringify({
            images: [{ id: 0, file_name: 'a.jpg', ...size }],
            categories: [{ id: 1, name: 'cyst' }],
            annotations: [{ id: 1, image_id: 0, category_id: 1, segmentation }],
          }),
        },
        { annotations: 'a.json', ids: 'files', unlabelled: 'negative' },
      );
      expect(record(archive, 'a').regions).toHaveLength(1);
      expect(brief(archive)).toEqual([['a', 'clipped']]);
    }
  });
});

describe('boxes of less than two pixels', () => {
  it.each([
    ['1,1', 'a box'],
    ['1,9', 'a box'],
    ['30,0.5', 'a box'],
  ])('are kept and told: %s', async (side, what) => {
    const archive = await csv(`${sizes}a,cyst,30,20,${side}\nb,cyst,40,30,30,15\nc,,,,,`);
    expect(record(archive, 'a').boxes).toHaveLength(1);
    const [width, height] = side.split(',');
    expect(archive.problems).toEqual([
      {
        ...{ image: 'a', kind: 'tiny', place: { kind: 'box', label: 'cyst' } },
        problem: `it has ${what} 'cyst' less than 2 pixels wide or high, such as ${width}x${height}, kept though points, fillers and slips of the hand are as small`,
      },
    ]);
  });

  it('are counted by image and label, in pixels of the picture', async () => {
    const rows = `${sizes}a,cyst,0.3,0.3,0.01,0.01\na,cyst,0.5,0.5,0.01,0.01\nb,cyst,0.5,0.5,0.2,0.2`;
    const { problems } = await csv(rows, { size: '1x1', unlabelled: 'negative' });
    expect(problems.map(({ image, kind }) => [image, kind])).toEqual([['a', 'tiny']]);
    expect(problems[0]?.problem).toContain("it has 2 boxes 'cyst'");
  });
});

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
