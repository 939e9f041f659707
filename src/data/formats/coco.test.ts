import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../../testing/tree.js';
import { readCoco } from './coco.js';

const base = {
  categories: [
    { id: 3, name: 'nodule' },
    { id: 9, name: 'mass' },
  ],
  images: [
    { id: 1, file_name: 'a.png', width: 10, height: 9 },
    { id: 2, file_name: 'b.png', width: 10, height: 9 },
  ],
};
const one = (annotation: object) => ({
  ...base,
  annotations: [{ image_id: 1, category_id: 3, ...annotation }],
});
const read = async (content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return readCoco(join(await temporaryTree({ 'c.json': text }), 'c.json'));
};

const near = (numbers: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, expect.closeTo(value)]));

describe('COCO', () => {
  it('keeps boxes as they are, images without any, and categories in order', async () => {
    const { labels, images } = await read(one({ bbox: [1.5, 2, 3, 4], segmentation: [] }));
    expect(labels).toEqual(['nodule', 'mass']);
    expect(images.map(({ file }) => file)).toEqual(['a.png', 'b.png']);
    expect(images[0]?.boxes).toEqual([{ label: 'nodule', x: 1.5, y: 2, width: 3, height: 4 }]);
    expect(images[0]).toMatchObject({ width: 10, height: 9, regions: [] });
    expect(images[1]?.boxes).toEqual([]);
  });

  it('turns a box as the attributes of CVAT say, which is told', async () => {
    const turned = (rotation: unknown) => read(one({ bbox: [2, 3, 4, 2], attributes: { rotation } }));
    const [image] = (await turned(90)).images;
    expect(image!.boxes).toEqual([{ label: 'nodule', ...near({ x: 3, y: 2, width: 2, height: 4 }) }]);
    expect(image!.regions).toMatchObject([{ kind: 'polygon', points: { length: 4 } }]);
    expect(image!.faults).toMatchObject([{ problem: expect.stringContaining('turned by 90 degrees') }]);
    for (const none of [0, 360, undefined, null, 'x'])
      expect((await turned(none)).images[0]).toMatchObject({ boxes: [{ x: 2, y: 3 }], faults: [] });
  });

  it.each([
    [{ patient_id: 7 }, { patient_id: 'p8' }, { patient: '7' }, { patient: 'p8' }],
    [{ PatientID: 'x', study: 's' }, { study: 's' }, { patient: 'x' }, {}],
    [{ study_id: 's' }, { study_id: 't' }, {}, {}],
    [{ date: 's' }, { date: 's' }, {}, {}],
  ])('takes patients from fields of its images: %j, %j', async (a, b, first, second) => {
    const images = [
      { ...base.images[0], ...a },
      { ...base.images[1], ...b },
    ];
    const read2 = await read({ ...one({ bbox: [1, 2, 3, 4] }), images });
    expect(read2.images.map(({ patient, group }) => ({ patient, group }))).toEqual([first, second]);
  });

  it('tells of images without a patient where others have one', async () => {
    const images = [{ ...base.images[0], patient_id: 'p' }, base.images[1]];
    const { images: found } = await read({ ...one({ bbox: [1, 2, 3, 4] }), images });
    expect(found.map(({ faults = [] }) => faults.map(({ kind }) => kind))).toEqual([[], ['no-patient']]);
  });

  it('follows the split that its images state', async () => {
    const images = [
      { ...base.images[0], split: 'Train' },
      { ...base.images[1], subset: 'val' },
    ];
    const { images: found } = await read({ ...one({ bbox: [1, 2, 3, 4] }), images });
    expect(found.map(({ split }) => split)).toEqual(['train', 'validation']);
    const { images: plain } = await read({
      ...one({}),
      images: images.map((image) => ({ ...image, split: 7 })),
    });
    expect(plain.map(({ split }) => split)).toEqual([undefined, undefined]);
  });

  it('takes what several of its images share for one patient, which is told', async () => {
    const images = ['s', 's', 't'].map((study_id, id) => ({ id: id + 1, file_name: `${id}.png`, study_id }));
    const { images: found } = await read({ ...one({ bbox: [1, 2, 3, 4] }), images });
    expect(found.map(({ group }) => group)).toEqual(['s', 's', 't']);
    expect(found.map(({ faults }) => faults?.length)).toEqual([1, 0, 0]);
    expect(found[0]!.faults![0]!.problem).toContain("images with one 'study_id' count as of one patient");
  });

  it('needs no sizes, boxes or segmentations: a label without a place is kept', async () => {
    const images = [{ id: 'a', file_name: ' a.png ' }];
    const annotations = [{ image_id: 'a', category_id: '3' }];
    expect((await read({ ...base, images, annotations })).images).toEqual([
      { file: 'a.png', boxes: [], regions: [], faults: [], findings: ['nodule'] },
    ]);
  });

  it.each([
    ['20', '10', { width: 20, height: 10 }],
    [20.0, '10.0', { width: 20, height: 10 }],
    ['', null, {}],
    ['wide', 10, {}],
  ])('reads sizes in words: %j and %j', async (width, height, size) => {
    const { images } = await read({
      ...base,
      images: [{ id: 'a', file_name: 'a.png', width, height }],
      annotations: [],
    });
    expect(images[0]).toEqual({ file: 'a.png', boxes: [], regions: [], faults: [], ...size });
  });

  it.each([
    [[1, 1, 2, 2], 4],
    [[0, 0, 4, 0, 4, 4, 0], 7],
  ])('tells polygons that are no pairs of at least three points: %s', async (points, count) => {
    const { images } = await read(one({ segmentation: [points] }));
    expect(images[0]?.faults?.map(({ problem }) => problem)).toEqual([
      `polygon 'nodule' has ${count} numbers; it takes pairs x, y of at least three points`,
    ]);
  });

  it('reads polygons, and tells those of fewer than three points', async () => {
    const { images } = await read(
      one({
        segmentation: [
          [0, 0, 4, 0, 4, 4],
          [1, 1, 2, 2],
        ],
      }),
    );
    expect(images[0]?.regions).toEqual([
      {
        kind: 'polygon',
        label: 'nodule',
        points: [
          [0, 0],
          [4, 0],
          [4, 4],
        ],
      },
    ]);
    expect(images[0]?.faults).toMatchObject([{ kind: 'degenerate' }]);
  });

  it('makes the largest outline of an annotation its region, and others parts of it', async () => {
    const outlines = [
      [1, 1, 2, 2],
      [0, 0, 2, 0, 2, 2],
      [0, 0, 4, 0, 4, 4],
      [5, 5, 6, 5, 6, 6],
    ];
    const { images } = await read(one({ segmentation: outlines }));
    const parts = images[0]!.regions.map((region) => region.kind === 'polygon' && region.part);
    expect(parts).toEqual([true, undefined, true]);
    expect(images[0]!.faults).toMatchObject([{ place: { part: true } }]);
    expect((await read(one({ segmentation: [outlines[0]] }))).images[0]!.faults).toEqual([
      expect.objectContaining({ place: { kind: 'region', label: 'nodule' } }),
    ]);
  });

  it('reads counts and their compressed text alike', async () => {
    const counts = [6, 1, 40, 4, 5, 4, 5, 4, 21];
    const plain = await read(one({ segmentation: { size: [9, 10], counts } }));
    const packed = await read(one({ segmentation: { size: [9, 10], counts: '61X13mN000`0' } }));
    expect(plain.images[0]?.regions).toEqual([
      { kind: 'runs', label: 'nodule', runs: [6, 1, 47, 4, 56, 4, 65, 4], order: 'columns' },
    ]);
    expect(packed.images).toEqual(plain.images);
  });

  it('keeps a mask of another size out and tells it', async () => {
    const { images } = await read(one({ segmentation: { size: [2, 2], counts: [1, 3] } }));
    expect(images[0]?.regions).toEqual([]);
    expect(images[0]?.faults).toEqual([
      {
        kind: 'inconsistent',
        place: { kind: 'region', label: 'nodule' },
        problem: "mask 'nodule' has 2x2 pixels, its image 10x9",
      },
    ]);
  });

  it.each([
    ['{"images": [', /c\.json: no JSON \(fault at/],
    [[], /c\.json: got \[\]; it takes an object/],
    [{ ...base, annotations: 3 }, /annotations: got 3; it takes a list/],
    [{ annotations: [], categories: [] }, /images: got nothing; it takes a list/],
    [
      { ...base, annotations: [], categories: [...base.categories, { id: 3, name: 'mass' }] },
      /categories\[2\]: id 3 is both 'nodule' and 'mass'/,
    ],
    [one({ category_id: 4 }), /annotations\[0\]: unknown category_id 4; categories has 3, 9/],
    [one({ image_id: 7 }), /annotations\[0\]: unknown image_id 7; no annotation is of one of its 2 images/],
    [one({ bbox: [1, 2, 3] }), /annotations\[0\]\.bbox: got \[1,2,3\]; it takes a list of 4 numbers/],
    [one({ bbox: ['one', 2, 3, 4] }), /it takes a list of 4 numbers/],
    [one({ bbox: ['', 2, 3, 4] }), /it takes a list of 4 numbers/],
    [one({ image_id: undefined }), /annotations\[0\]\.image_id: got nothing; it takes a number or a text/],
    [
      one({
        segmentation: [
          [1, 2, 3, 4, 5, 6],
          [1, null],
        ],
      }),
      /annotations\[0\]\.segmentation\[1\]: got \[1,null\]; it takes a list of any number of numbers; expected COCO/,
    ],
    [
      one({ segmentation: { size: [9, 10] } }),
      /segmentation\.counts: got nothing; it takes a text, or a list/,
    ],
    [
      { ...base, images: [{ id: 1 }], annotations: [] },
      /images\[0\]\.file_name: got nothing; it takes a text/,
    ],
    ['{"images": NaN}', /c\.json: no JSON \(it holds NaN or Infinity.*\); expected COCO annotations/],
    [one({ segmentation: { size: [9, 10], counts: [3] } }), /segmentation: run-length counts add up to 3/],
    [
      one({ segmentation: { size: [9e9, 1], counts: [3] } }),
      /segmentation\.size: got \[9000000000,1\]; it takes a height and a width of 1 to 65536/,
    ],
    [one({ segmentation: { size: [9, 10], counts: '~' } }), /malformed compressed run-length text/],
    [{ ...base, images: [base.images[0], base.images[0]], annotations: [] }, /a second image with id 1/],
    [`${'['.repeat(200000)}`, /c\.json: it is nested deeper than 64 levels/],
  ])('refuses malformed content %# with one line', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });

  it('keeps the annotations of listed images, and tells of the images of others once', async () => {
    const [box, orphan] = [{ image_id: 2, category_id: 3, bbox: [1, 1, 2, 2] }, { category_id: 9 }];
    const annotations = [
      box,
      { ...orphan, image_id: 7 },
      { ...orphan, image_id: '7' },
      { ...orphan, image_id: 8 },
      { ...orphan, image_id: 'smith' },
    ];
    const { images, problems } = await read({ ...base, annotations });
    expect(images.map(({ boxes }) => boxes.length)).toEqual([0, 1]);
    expect(problems?.map(({ image, kind }) => [image, kind])).toEqual([
      ['image_id 7', 'missing-image'],
      ['image_id 8', 'missing-image'],
      ['image_id smith', 'missing-image'],
    ]);
  });

  it('names a missing file and what it should be', async () => {
    await expect(readCoco('/nowhere/c.json')).rejects.toThrow(
      '/nowhere/c.json: not found; expected COCO annotations',
    );
  });
});
