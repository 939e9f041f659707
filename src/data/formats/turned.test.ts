import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { brief, read } from '../../testing/archive.js';

describe('boxes of pictures that EXIF orientation turns', () => {
  it.each([
    ['by a table', 2, '', 'a'],
    ['by a table', 6, '', 'a'],
    ['by a table', 1, '', ''],
    ['of the stored size', 5, ',12,6', 'ab'],
    ['of the shown size', 8, ',6,12', ''],
    ['of either size', 3, ',12,6', 'a'],
  ])(
    'tells where boxes %s may be of the picture before EXIF orientation %d',
    async (_, orientation, size, told) => {
      const picture = await sharp({ create: { width: 12, height: 6, channels: 3, background: '#888' } })
        .withMetadata({ orientation })
        .jpeg()
        .toBuffer();
      const head = `image,x,y,width,height${size && ',image_width,image_height'}`;
      const none = size && ',,';
      const archive = await read(
        'folder',
        {
          ...{ 'images/a.jpg': picture, 'images/b.jpg': picture },
          'b.csv': `${head}\na,1,1,3,4${size}\nb,,,,${none}`,
        },
        { format: 'csv', annotations: 'b.csv', ids: 'files' },
      );
      expect(brief(archive)).toEqual([...told].map((id) => [id, 'inconsistent']));
    },
  );

  const sized = { coco: 'a.json', voc: 'voc', csv: 'a.csv' } as const;

  /** Pictures of 12x6 pixels with a box each, by their EXIF orientation and the size that is stated. */
  async function turned(
    pictures: Readonly<Record<string, readonly [orientation: number, size?: readonly [number, number]]>>,
    format: keyof typeof sized,
    options: Readonly<Record<string, string>> = {},
  ) {
    const files = Object.entries(pictures).map(async ([id, [orientation]]) => {
      const plain = sharp({ create: { width: 12, height: 6, channels: 3, background: '#888' } });
      return [`images/${id}.jpg`, await plain.withMetadata({ orientation }).jpeg().toBuffer()] as const;
    });
    const all = Object.entries(pictures).map(([id, [, size]]) => ({
      id,
      width: size?.[0],
      height: size?.[1],
    }));
    const said = {
      'a.json': JSON.stringify({
        categories: [{ id: 1, name: 'x' }],
        images: all.map((image) => ({ ...image, file_name: `${image.id}.jpg` })),
        annotations: all.map(({ id }) => ({ image_id: id, category_id: 1, bbox: [1, 1, 3, 4] })),
      }),
      'a.csv': [
        'image,label,x,y,width,height,image_width,image_height',
        ...all.map(({ id, width = '', height = '' }) => `${id},x,1,1,3,4,${width},${height}`),
      ].join('\n'),
      ...Object.fromEntries(
        all.map(({ id, width, height }) => [
          `voc/${id}.xml`,
          `<annotation><filename>${id}.jpg</filename>${width ? `<size><width>${width}</width><height>${height}</height></size>` : ''}<object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>5</ymax></bndbox></object></annotation>`,
        ]),
      ),
    };
    const archive = await read(
      'folder',
      { ...Object.fromEntries(await Promise.all(files)), ...said },
      { format, annotations: sized[format], corners: 'corners', ids: 'files', ...options },
    );
    const how = (told: string) =>
      told.includes('read as of') ? 'shown' : /because (its|annotations)/.exec(told)?.[1];
    return {
      lies: archive.records.map(({ id, width, height, asStored }) => [id, width, height, asStored]),
      told: archive.problems.flatMap(({ image, kind, problem }) =>
        kind === 'inconsistent' ? [[image, how(problem)]] : [],
      ),
      boxes: archive.records.map(({ boxes: [box] }) => box!.x),
    };
  }

  const stored = [12, 6] as const;
  it.each(Object.keys(sized) as (keyof typeof sized)[])(
    'keeps pictures as stored where the boxes of %s are, which is told of each',
    async (format) => {
      const made = await turned({ a: [6, stored], b: [3, stored], c: [1, stored], d: [8] }, format);
      expect(made.lies.map(([, , , asStored]) => asStored)).toEqual([undefined, true, undefined, true]);
      expect(made.lies[3]).toEqual(['d', 12, 6, true]);
      expect(made.told).toEqual([
        ['a', 'its'],
        ['b', 'annotations'],
        ['d', 'annotations'],
      ]);
    },
  );

  it.each(Object.keys(sized) as (keyof typeof sized)[])(
    'takes turned pictures of %s as shown where sizes say so, disagree or do not tell',
    async (format) => {
      const { told } = await turned({ a: [6, [6, 12]], b: [3, stored], c: [8] }, format);
      expect(told).toEqual([
        ['b', 'shown'],
        ['c', 'shown'],
      ]);
      const mixed = await turned({ a: [6, [6, 12]], b: [6, stored], c: [3, stored] }, format);
      expect(mixed.told).toEqual([
        ['b', 'its'],
        ['c', 'shown'],
      ]);
    },
  );

  it.each([
    ['12x6', [12, 6, 1], 'its'],
    ['24x12', [12, 6, 0.5], 'its'],
    ['6x12', [6, 12, 1], undefined],
    ['own', [6, 12, 1], 'shown'],
    ['2x4', [6, 12, 3], undefined],
    ['10x10', [6, 12, 0.6], 'shown'],
  ])('takes turned pictures as option size=%s says', async (size, [width, height, x], told) => {
    const made = await turned({ a: [6] }, 'csv', { size });
    expect(made.lies[0]!.slice(1, 3)).toEqual([width, height]);
    expect(made.boxes).toEqual([x]);
    expect(made.told).toEqual(told === undefined ? [] : [['a', told]]);
  });

  it('tells where YOLO labels, which state no size, are of a picture that EXIF turns', async () => {
    const picture = await sharp({ create: { width: 12, height: 6, channels: 3, background: '#888' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const archive = await read(
      'folder',
      { 'images/a.jpg': picture, 'labels/a.txt': '0 0.4 0.4 0.2 0.3', 'classes.txt': 'a' },
      { format: 'yolo', annotations: 'labels', ids: 'files', boxes: 'centre' },
    );
    expect(archive.problems[0]?.problem).toContain('its EXIF orientation turns or mirrors it');
  });
});
