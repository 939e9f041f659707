import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import { corners, csv, sizes } from '../../testing/csv-boxes.js';

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
