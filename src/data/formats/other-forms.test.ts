import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import type { Archive } from '../record.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const images = async () =>
  Object.fromEntries(
    await Promise.all(names.map(async (name) => [`images/${name}.jpg`, await jpeg(200, 150)] as const)),
  );
const box = [120, 60, 50, 40] as const;

const coco = async (
  bbox: readonly number[],
  size: object = { width: 200, height: 150 },
  segmentation: readonly (readonly number[])[] = [],
  more: Readonly<Record<string, unknown>> = {},
) =>
  read(
    'folder',
    {
      ...(await images()),
      'a.json': JSON.stringify({
        images: names.map((name, id) => ({ id, file_name: `${name}.jpg`, ...size })),
        categories: [{ id: 1, name: 'cyst' }],
        annotations: names.map((_, id) => ({ id, image_id: id, category_id: 1, bbox, segmentation })),
      }),
    },
    { annotations: 'a.json', ids: 'files', ...more },
  );

const yolo = async (line: string, more: Readonly<Record<string, unknown>> = {}) =>
  read(
    'folder',
    { ...(await images()), 'labels/a.txt': line, 'labels/b.txt': '', 'labels/classes.txt': 'cyst\n' },
    { format: 'yolo', annotations: 'labels', ids: 'files', ...more },
  );

describe('boxes in another form than their format has', () => {
  it('are refused: shares of the picture in COCO that states sizes', async () => {
    await expect(coco([0.6, 0.4, 0.25, 0.25])).rejects.toThrow(/shares of the picture, not pixels/);
    const polygon = [[0.6, 0.4, 0.8, 0.4, 0.8, 0.6]];
    await expect(coco([], undefined, polygon)).rejects.toThrow(/shares of the picture, not pixels/);
  });

  it("are refused: percentages in COCO without the pictures' sizes, unless said", async () => {
    const percent = /a\.json: the boxes reach to 71, 70\.25, .* has 200x150 pixels: .* percentages/;
    await expect(coco([40.5, 30.25, 30.5, 40], {})).rejects.toThrow(percent);
    const triangle = [[40.5, 30.25, 71, 30.25, 71, 70.25]];
    await expect(coco([], {}, triangle)).rejects.toThrow(percent);
    const large = { width: 2000, height: 1500 };
    await expect(coco([40, 30, 30, 40], large)).rejects.toThrow(/percentages/);
    const said = (size: string) => coco([40.5, 30.25, 30.5, 40], {}, [], { size });
    expect(record(await said('100x100'), 'a').boxes).toMatchObject([{ x: 81, width: 61 }]);
    expect(record(await said('own'), 'a').boxes).toMatchObject([{ x: 40.5 }]);
  });

  it("may be percentages where COCO or VOC state the pictures' sizes: told", async () => {
    const perhaps = [
      ['a', expect.stringMatching(/first 100x100 pixels; they are read as pixels, .* size=100x100/)],
    ];
    const told = ({ problems }: Archive) => problems.map(({ image, problem }) => [image, problem]);
    for (const [bbox, outline] of [
      [[40, 30, 30, 40], []],
      [[40.5, 30.25, 30.5, 40], []],
      [[], [[40.5, 30.25, 71, 30.25, 71, 70.25]]],
    ] as const) {
      const archive = await coco(bbox, undefined, outline);
      expect(archive.records).toHaveLength(5);
      expect(told(archive)).toEqual(perhaps);
    }
    for (const size of ['100x100', 'own'])
      expect(told(await coco([40, 30, 30, 40], undefined, [], { size }))).toEqual([]);
    const voc = (name: string) =>
      `<annotation><filename>${name}.jpg</filename><size><width>200</width><height>150</height></size>
       <object><name>cyst</name><bndbox><xmin>40.5</xmin><ymin>30</ymin><xmax>71</xmax><ymax>70</ymax></bndbox></object></annotation>`;
    const files = Object.fromEntries(names.map((name) => [`ann/${name}.xml`, voc(name)]));
    const given = { format: 'voc', annotations: 'ann', ids: 'files' };
    expect(told(await read('folder', { ...(await images()), ...files }, given))).toEqual(perhaps);
  });

  it('are no shares or percentages in YOLO, wherever in the picture they lie', async () => {
    for (const line of ['0 0.32 0.375 0.24 0.25', '0 0.1 0.1 0.05 0.05', '0 0.002 0.002 0.004 0.004']) {
      const files = names.map((name) => [`labels/${name}.txt`, line] as const);
      const given = { format: 'yolo', annotations: 'labels', ids: 'files', boxes: 'centre' };
      const archive = await read(
        'folder',
        { ...(await images()), ...Object.fromEntries(files), 'labels/classes.txt': 'cyst\n' },
        given,
      );
      expect(archive.records.map(({ boxes }) => boxes.length)).toEqual([1, 1, 1, 1, 1]);
      expect(archive.problems.filter(({ kind }) => kind !== 'tiny')).toEqual([]);
    }
  });

  it('are refused in YOLO where most reach out of their pictures, as no shares', async () => {
    const line = Array.from({ length: 9 }, (_, i) => `0 0.9 0.${i + 1} 0.7 0.01`).join('\n');
    await expect(yolo(line, { boxes: 'centre' })).rejects.toThrow(
      /9 of 9 reach out of their pictures; the format has shares of them, from 0 to 1 \(option boxes/,
    );
    for (const format of ['yolo', 'masks', 'class-folders'])
      await expect(yolo(line, { format, size: 'own' })).rejects.toThrow(
        `option 'size' of folder is for formats coco, voc and csv; the format is ${format}`,
      );
  });

  it('are refused: corners in COCO, and not where they fit as they are', async () => {
    await expect(coco([120, 60, 170, 100])).rejects.toThrow(
      'a.json: 5 of 5 boxes stand out of their images as [x, y, width, height], and all fit as two corners',
    );
    expect(record(await coco(box), 'a').boxes).toMatchObject([{ x: 120, width: 50 }]);
    expect(brief(await coco([170, 60, 70, 50])).map(([, kind]) => kind)).toEqual(Array(5).fill('clipped'));
  });

  it('are refused: corners and keypoints in YOLO', async () => {
    await expect(yolo('0 0.1 0.1 0.9 0.8\n0 0.5 0.5 0.9 0.95')).rejects.toThrow(
      /boxes stand out of their images as centre-x centre-y width height/,
    );
    await expect(yolo('0 0.3 0.05 0.2 0.4\n0 0.4 0.1 0.5 0.7')).rejects.toThrow(
      'all fit as left top width height',
    );
    await expect(yolo('0 0.5 0.5 0.2 0.2 0.4 0.4 2 0.6 0.6 1')).rejects.toThrow(
      'a.txt, line 1: it seems to hold keypoints',
    );
    await expect(yolo('0 0.5 0.5 1.2 0.2 0.4 0.4')).rejects.toThrow('is not in shares of the image');
    expect(record(await yolo('0 0.5 0.5 0.2 0.2'), 'a').boxes).toHaveLength(1);
  });

  it('are refused: percentages in CSV, unless the size is said', async () => {
    const rows = names.map((name, i) => `${name},cyst,${40.5 + i},30.25,30.5,40`);
    const csv = async (size: string) =>
      read(
        'folder',
        { ...(await images()), 'b.csv': ['image,label,x,y,width,height', ...rows].join('\n') },
        { format: 'csv', annotations: 'b.csv', ids: 'files', size },
      );
    await expect(csv('')).rejects.toThrow(/percentages of the picture \(size 100x100\)/);
    expect(record(await csv('100x100'), 'a').boxes).toMatchObject([{ x: 81, width: 61 }]);
    expect(record(await csv('own'), 'a').boxes).toMatchObject([{ x: 40.5 }]);
  });
});

describe('images that no annotation names', () => {
  it('were not looked at, or show nothing where that is said', async () => {
    const unknown = await yolo('0 0.9 0.9 0.2 0.2');
    expect(record(unknown, 'c').annotated).toBe(false);
    expect(brief(unknown)).toEqual(['c', 'd', 'e'].map((name) => [name, 'missing-annotation']));
    const negative = await yolo('0 0.9 0.9 0.2 0.2', { unlabelled: 'negative' });
    expect(record(negative, 'c').annotated).not.toBe(false);
    expect(brief(negative)).toEqual([]);
  });
});

/** A mask of 200x150 pixels: its values, by row and column. */
const mask = (
  at: (x: number, y: number) => readonly number[],
  channels: 1 | 3 | 4 = 1,
  depth: 'uchar' | 'ushort' = 'uchar',
) => {
  const values = Array.from({ length: 200 * 150 }, (_, i) => at(i % 200, Math.floor(i / 200))).flat();
  const data = depth === 'ushort' ? Uint16Array.from(values) : Uint8Array.from(values);
  const picture = sharp(data, { raw: { width: 200, height: 150, channels } });
  return (depth === 'ushort' ? picture.toColourspace('grey16') : picture).png().toBuffer();
};
const other = (x: number, y: number) => x >= 20 && x < 40 && y >= 20 && y < 40;
const inside = (x: number, y: number) => x >= 120 && x < 170 && y >= 60 && y < 100;

async function masks(
  marked: Buffer,
  path: (name: string) => string = (name) => `masks/${name}.png`,
  black?: Buffer,
  annotations = 'masks',
) {
  const empty = black ?? (await mask(() => [0]));
  const files = names.map((name, i) => [path(name), i < 3 ? marked : empty] as const);
  return read(
    'folder',
    { ...(await images()), ...Object.fromEntries(files) },
    { format: 'masks', annotations, ids: 'files' },
  );
}

describe('masks', () => {
  it.each([
    ['of 0 and 255', () => mask((x, y) => [inside(x, y) ? 255 : 0])],
    ['of 0 and another value', () => mask((x, y) => [inside(x, y) ? 2 : 0])],
    ['of 0 and 1 in 16 bits', () => mask((x, y) => [inside(x, y) ? 1 : 0], 1, 'ushort')],
    ['in colour', () => mask((x, y) => (inside(x, y) ? [255, 0, 0] : [0, 0, 0]), 3)],
    [
      'with smooth edges',
      () => mask((x, y) => [Math.max(0, Math.min(255, 20 * (50 - Math.abs(x - 99) - (y > 60 ? 50 : 0))))]),
    ],
    ['that are opaque', () => mask((x, y) => (inside(x, y) ? [9, 0, 0, 255] : [0, 0, 0, 255]), 4)],
  ])('%s mark their images, and black ones none', async (_, make) => {
    const archive = await masks(await make());
    expect(archive.records.map(({ regions }) => regions.length)).toEqual([1, 1, 1, 0, 0]);
    expect(brief(archive)).toEqual([]);
  });

  it.each([
    ['label maps', () => mask((x, y) => [inside(x, y) ? 1 + (x % 3) : 0]), 'label map'],
    [
      'label maps in 16 bits',
      () => mask((x, y) => [inside(x, y) ? 1 + (x % 3) : 0], 1, 'ushort'),
      'label map',
    ],
    [
      'masks of transparency',
      () => mask((x, y) => [0, 0, 0, inside(x, y) ? 255 : 0], 4),
      'marks by its transparency',
    ],
    [
      'masks of transparency in one colour',
      () => mask((x, y) => [255, 9, 9, inside(x, y) ? 255 : 0], 4),
      'marks by its transparency',
    ],
    ['label maps in two greys', () => mask((x, y) => [other(x, y) ? 85 : inside(x, y) ? 255 : 0]), '85, 255'],
    ['label maps with a border', () => mask((x, y) => [x < 2 ? 255 : inside(x, y) ? 1 : 0]), '1, 255'],
    [
      'label maps in colour',
      () => mask((x, y) => (other(x, y) ? [0, 128, 0] : inside(x, y) ? [128, 0, 0] : [0, 0, 0]), 3),
      'several colours',
    ],
    ['pictures', () => mask((x, y) => [inside(x, y) ? 255 : 20 + ((7 * x + 13 * y) % 120)]), 'a picture'],
  ])('%s make no negatives: the images are left out and named', async (_, make, why) => {
    const { records, problems } = await masks(await make());
    expect(records.map(({ id }) => id)).toEqual(['d', 'e']);
    expect(problems.map(({ image, kind }) => [image, kind])).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [
        [name, 'inconsistent'],
        [name, 'left-out'],
      ]),
    );
    expect(problems[0]!.problem).toContain(why);
  });

  it('of one class beside label maps in colour are refused by how to name the colours', async () => {
    const both = (x: number, y: number) =>
      inside(x, y) ? [255, 0, 0] : other(x, y) ? [0, 255, 0] : [0, 0, 0];
    const green = await mask((x, y) => (other(x, y) ? [0, 255, 0] : [0, 0, 0]), 3);
    const { problems } = await masks(await mask(both, 3), undefined, green);
    for (const problem of problems.filter(({ kind }) => kind === 'inconsistent'))
      expect(problem.problem).toMatch(/several colours, .* option values names .* colours \(#ff0000=lung\)/);
  });

  it('of one class make nothing certain beside label maps', async () => {
    const labels = await mask((x, y) => [other(x, y) ? 85 : inside(x, y) ? 170 : 0]);
    const one = await mask((x, y) => [inside(x, y) ? 170 : 0]);
    const { records, problems } = await masks(labels, undefined, one);
    expect(records).toEqual([]);
    expect(problems.filter(({ image }) => image === 'e')[0]?.problem).toContain(
      '3 other masks of its folder',
    );
  });

  it('may be transparent where they are black', async () => {
    const marked = await mask((x, y) => (inside(x, y) ? [255, 255, 255, 255] : [0, 0, 0, 0]), 4);
    const archive = await masks(marked, undefined, await mask(() => [0, 0, 0, 0], 4));
    expect(archive.records.map(({ regions }) => regions.length)).toEqual([1, 1, 1, 0, 0]);
    expect(brief(archive)).toEqual([]);
  });

  it('that mark a whole picture are told', async () => {
    const marked = await mask((x, y) => [inside(x, y) ? 255 : 0]);
    const { problems } = await masks(marked, undefined, await mask(() => [255]));
    expect(problems.map(({ image, problem }) => [image, problem])).toEqual(
      ['d', 'e'].map((name) => [name, expect.stringContaining('marks the whole picture')]),
    );
  });

  it('that mark their background are refused as inverted', async () => {
    const inverted = await mask((x, y) => [inside(x, y) ? 0 : 255]);
    const white = await mask(() => [255]);
    const black = await mask(() => [0]);
    for (const [others, count] of [
      [white, 5],
      [black, 3],
    ] as const)
      await expect(masks(inverted, undefined, others)).rejects.toThrow(
        `all ${count} masks mark most of their picture and all its corners; they seem inverted`,
      );
  });

  it('that mark their background beside others that do not are told', async () => {
    const inverted = await mask((x, y) => [inside(x, y) ? 0 : 255]);
    const marked = await mask((x, y) => [inside(x, y) ? 255 : 0]);
    const { problems } = await masks(inverted, undefined, marked);
    expect(problems.map(({ image, problem }) => [image, problem])).toEqual(
      ['a', 'b', 'c'].map((name) => [name, expect.stringContaining('it may be inverted')]),
    );
  });

  it('may have their marker before the name, also beside the images', async () => {
    const marked = await mask((x, y) => [inside(x, y) ? 255 : 0]);
    for (const folder of ['masks', 'images']) {
      const archive = await masks(marked, (name) => `${folder}/mask_${name}.png`, marked, folder);
      expect(archive.records.map(({ id, regions }) => [id, regions.map(({ label }) => label)])).toEqual(
        names.map((name) => [name, ['finding']]),
      );
    }
    await expect(masks(marked, (name) => `masks/x${name}.png`)).rejects.toThrow(
      /no mask has the name of an image; .* found 5 files, such as xa.png/,
    );
  });

  it('in a folder for each image or patient are no labels of their own', async () => {
    const marked = await mask((x, y) => [inside(x, y) ? 255 : 0]);
    const archive = await masks(marked, (name) => `masks/SMITHSON_${name}/${name}.png`);
    expect(archive.findings).toEqual(['finding']);
    const many = Array.from({ length: 24 }, (_, i) => `s${i}`);
    const picture = await jpeg(200, 150);
    const byFolder = async (folder: (i: number) => string) => {
      const files = many.flatMap((name, i) => [
        [`images/${name}.jpg`, picture] as const,
        [`masks/${folder(i)}/${name}.png`, marked] as const,
      ]);
      const given = { format: 'masks', annotations: 'masks' };
      return (await read('folder', Object.fromEntries(files), given)).findings;
    };
    expect(await byFolder((i) => `P${Math.floor(i / 2)}`)).toEqual(['finding']);
    expect(await byFolder((i) => `P${Math.floor(i / 2)}/${i % 2 ? 'cyst' : 'mass'}`)).toEqual([
      'cyst',
      'mass',
    ]);
    expect(await byFolder((i) => `grade${i % 3}`)).toEqual(['grade0', 'grade1', 'grade2']);
    for (const word of ['patient', 'Pat_', 'sub-', 'case ', 'study'])
      expect(await byFolder((i) => `${word}${i % 4}`)).toEqual(['finding']);
    const labelled = await masks(marked, (name) => `masks/${name < 'c' ? 'cyst' : 'mass'}/${name}.png`);
    expect(labelled.findings).toEqual(['cyst', 'mass']);
  });

  it('in a few folders that differ in their number alone are told', async () => {
    const marked = await mask((x, y) => [inside(x, y) ? 255 : 0]);
    const told = async (folder: (name: string) => string) =>
      (await masks(marked, (name) => `masks/${folder(name)}/${name}.png`)).problems.map(
        ({ problem }) => problem,
      );
    const number = (name: string) => (name < 'c' ? 1 : 2);
    for (const word of ['x', 'Q ', 'a-'])
      expect(await told((name) => `${word}${number(name)}`)).toContain(
        `its label '${word}1' is the name of a folder that differs from others in its number alone: where such folders are patients, put all masks in one`,
      );
    for (const folder of ['grade', 'stage_', 'BIRADS '])
      expect((await told((name) => `${folder}${number(name)}`)).join()).not.toContain('number alone');
  });

  it.each([
    ['the image', 'A', (name: string) => `A/${name}`],
    ['a split', 'train', (name: string) => `train/${name}`],
    ['a split that the images have none of', 'train', (name: string) => name],
  ])('in folders of %s have their label from a folder above or below', async (_, folder, image) => {
    const marked = await mask((x, y) => [inside(x, y) ? 255 : 0]);
    const pictures = await Promise.all(
      names.map(async (name) => [`images/${image(name)}.jpg`, await jpeg(200, 150)] as const),
    );
    const labelOf = (name: string) => (name < 'c' ? 'cyst' : 'mass');
    for (const path of [
      (name: string) => `${labelOf(name)}/${folder}`,
      (name: string) => `${folder}/${labelOf(name)}`,
    ]) {
      const marks = names.map((name) => [`masks/${path(name)}/${name}.png`, marked] as const);
      const files = Object.fromEntries([...pictures, ...marks]);
      const archive = await read('folder', files, { format: 'masks', annotations: 'masks', ids: 'files' });
      expect(archive.records.map(({ regions }) => regions.map(({ label }) => label))).toEqual(
        names.map((name) => [labelOf(name)]),
      );
    }
  });
});
