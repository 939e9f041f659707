import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, readMasks, record } from '../../testing/archive.js';
import { tiff } from '../../testing/tiff.js';
import { maskOfRegion } from '../geometry/region.js';

const SIDE = 24;

/** Two squares of 64 pixels of the first two values, and a line of 24 of the third. */
const drawn = ([first = 0, second = 0, third = 0]: readonly number[]) =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (y === 20) return third;
    if (y < 4 || y > 11) return 0;
    return x >= 2 && x < 10 ? first : x >= 12 && x < 20 ? second : 0;
  });

const raw = { raw: { width: SIDE, height: SIDE, channels: 1 } } as const;

const grey = (...values: number[]) => sharp(drawn(values), raw).toColourspace('b-w').png().toBuffer();

/** The values as colours: the numbers of their colours in `colours`. */
const coloured = (values: readonly number[], colours: readonly (readonly number[])[], alpha = false) =>
  sharp(
    Uint8Array.from([...drawn(values)].flatMap((value) => [...colours[value]!, ...(alpha ? [200] : [])])),
    { raw: { width: SIDE, height: SIDE, channels: alpha ? 4 : 3 } },
  );

const red = (values: readonly number[]) =>
  coloured(
    values,
    Array.from({ length: 256 }, (_, value) => [value, 0, 0]),
  )
    .png()
    .toBuffer();

const [black, lung, heart, edge] = [
  [0, 0, 0],
  [255, 0, 0],
  [0, 255, 16],
  [255, 255, 255],
] as const;
const colours = [black, lung, heart, edge];
const named = '#ff0000=lung, #00FF10=heart';

/** A PNG whose palette gives the numbers of the pixels the stated colours. */
const paletted = (values: readonly number[], palette: readonly (readonly number[])[]): Promise<Buffer> =>
  png(values, 8, palette);

/** A PNG of some bits a pixel, of greys or with a palette. */
async function png(
  values: readonly number[],
  bits: number,
  palette?: readonly (readonly number[])[],
): Promise<Buffer> {
  const { deflateSync, crc32 } = await import('node:zlib');
  const chunk = (type: string, content: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, check]);
  };
  const header = Buffer.from([0, 0, 0, SIDE, 0, 0, 0, SIDE, bits, palette ? 3 : 0, 0, 0, 0]);
  const pixels = drawn(values);
  const each = 8 / bits;
  const lines = Array.from({ length: SIDE }, (_, y) => [
    0,
    ...Array.from({ length: SIDE / each }, (_, i) =>
      pixels
        .subarray(y * SIDE + i * each, y * SIDE + (i + 1) * each)
        .reduce((byte, value) => (byte << bits) | value, 0),
    ),
  ]);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette.flat()))] : []),
    chunk('IDAT', deflateSync(Uint8Array.from(lines.flat()))),
    chunk('IEND', new Uint8Array()),
  ]);
}

const maps = (files: Parameters<typeof readMasks>[1], values = '1=lung,2=heart') =>
  readMasks(SIDE, files, { values });

const marked = async (archive: Awaited<ReturnType<typeof maps>>, id: string) =>
  Promise.all(
    record(archive, id).regions.map(async (region) => {
      const { data } = await maskOfRegion(region, SIDE, SIDE);
      return [region.label, data.indexOf(1) % SIDE, data.reduce((sum, one) => sum + one, 0)];
    }),
  );

const both = [
  ['lung', 2, 64],
  ['heart', 12, 64],
];

describe('label maps whose values are named', () => {
  it('mark a finding by each value, and 0 alone a negative', async () => {
    const archive = await maps({ 'a.png': grey(1, 2), 'b_mask.png': grey(2), 'c.png': grey() });
    expect(archive.findings).toEqual(['lung', 'heart']);
    expect(archive.problems).toEqual([]);
    expect(await marked(archive, 'a')).toEqual(both);
    expect(await marked(archive, 'b')).toEqual([['heart', 2, 64]]);
    expect(record(archive, 'c').regions).toEqual([]);
  });

  it.each([
    ['16-bit PNG', 'png', (made: sharp.Sharp) => made.toColourspace('grey16').png()],
    ['TIFF', 'tif', (made: sharp.Sharp) => made.toColourspace('b-w').tiff({ compression: 'lzw' })],
    ['PNG of three equal channels', 'png', (made: sharp.Sharp) => made.toColourspace('srgb').png()],
  ])('are read from a %s', async (name, ending, save) => {
    const factor = name === '16-bit PNG' ? 257 : 1;
    const file = save(sharp(drawn([1, 2]), raw)).toBuffer();
    const archive = await maps({ [`a.${ending}`]: file }, `${factor}=lung,${2 * factor}=heart`);
    expect(await marked(archive, 'a')).toEqual(both);
  });

  it('are read by what a TIFF stores, also where its least value is white', async () => {
    const file = tiff('uint8', [...drawn([1, 2])], SIDE, 1, 0);
    expect(await marked(await maps({ 'a.tif': file }), 'a')).toEqual(both);
  });

  it('are read by the numbers of a palette in colours', async () => {
    expect(await marked(await maps({ 'a.png': paletted([1, 2], colours) }), 'a')).toEqual(both);
    const greys = [0, 1, 2].map((value) => [value, value, value]);
    expect(await marked(await maps({ 'a.png': paletted([1, 2], greys) }), 'a')).toEqual(both);
  });

  it('whose values are not named are refused by the numbers of their palette', async () => {
    const told = async (values: readonly number[], palette: readonly (readonly number[])[]) =>
      readMasks(SIDE, { 'a.png': paletted(values, palette) }, {}).then(
        ({ problems }) => problems[0]?.problem,
        (error: Error) => error.message,
      );
    const dim = [[0, 0, 0], ...[1, 2].map(() => [128, 0, 0]), [224, 224, 192]];
    expect(await told([2, 3], dim)).toContain('the mask holds the values 2, 3 of its palette');
    const bright = [[0, 0, 0], ...[1, 2].map(() => [9, 9, 9]), [255, 0, 0], [0, 255, 0]];
    expect(await told([3, 4], bright)).toContain('several colours (the values 3, 4 of its palette)');
  });

  it.each([1, 2, 4, 8])('are read by the values that greys of %i bits store', async (bits) => {
    const most = Math.min(2 ** bits - 1, 7);
    const archive = await maps(
      { 'a.png': png([1, most], bits) },
      `1=lung${most > 1 ? `,${most}=heart` : ''}`,
    );
    expect(await marked(archive, 'a')).toEqual(most > 1 ? both : [['lung', 2, 128]]);
  });

  it.each([
    ['PNG', 'png', () => coloured([1, 2], colours).png().toBuffer()],
    ['PNG with transparency', 'png', () => coloured([1, 2], colours, true).png().toBuffer()],
    ['PNG with a palette', 'png', () => paletted([1, 2], colours)],
    ['PNG with a palette of 2 bits', 'png', () => png([1, 2], 2, colours)],
    ['TIFF', 'tif', () => coloured([1, 2], colours).tiff({ compression: 'lzw' }).toBuffer()],
    ['lossless WebP', 'webp', () => coloured([1, 2], colours).webp({ lossless: true }).toBuffer()],
  ])('are read by colours from a %s', async (_, ending, made) => {
    const archive = await maps({ [`a.${ending}`]: made(), 'b.png': grey() }, named);
    expect(archive.findings).toEqual(['lung', 'heart']);
    expect(await marked(archive, 'a')).toEqual(expect.arrayContaining(both));
    expect(record(archive, 'a').regions).toHaveLength(2);
    expect(record(archive, 'b').regions).toEqual([]);
  });

  it('join colours of one label, and tell of an ignored one', async () => {
    const file = coloured([1, 2, 3], colours).png().toBuffer();
    const archive = await maps({ 'a.png': file }, '#ff0000=lung,#00ff10=lung,#ffffff=ignore');
    expect(archive.findings).toEqual(['lung']);
    expect(await marked(archive, 'a')).toHaveLength(2);
    expect(archive.problems.map(({ problem }) => problem)).toContain(
      '24 pixels of its label map have the ignored value #ffffff: they count as background',
    );
  });

  it('join values of one label, and tell of an ignored value', async () => {
    const archive = await maps({ 'a.png': grey(1, 2, 255) }, '1=lung, 2=lung, 255=ignore');
    expect(archive.findings).toEqual(['lung']);
    expect((await marked(archive, 'a')).map(([label]) => label)).toEqual(['lung', 'lung']);
    const { problems } = archive;
    expect(problems.map(({ problem }) => problem).filter((text) => text.includes('255'))).toEqual([
      '24 pixels of its label map have the ignored value 255: they count as background',
    ]);
  });

  it('are scaled to their pictures', async () => {
    const large = sharp(await grey(1, 2))
      .resize(2 * SIDE, 2 * SIDE, { kernel: 'nearest' })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const archive = await maps({ 'a.png': large });
    expect(await marked(archive, 'a')).toEqual(both);
    expect(brief(archive)).toContainEqual(['a', 'rescaled']);
  });

  it('tell of labels that no map has', async () => {
    const archive = await maps({ 'a.png': grey(1) });
    expect(archive.problems[0]?.problem).toBe(
      "no label map has a pixel of 'heart', as option values names it",
    );
  });
});

describe('label maps are refused', () => {
  it('where a value has no label, with the file, the values and their counts', async () => {
    await expect(maps({ 'a.png': grey(1, 2), 'b.png': grey(1, 3, 255) })).rejects.toThrow(
      /m\/b\.png: the label map holds the values 3 \(64 pixels\), 255 \(24 pixels\), and option values names 1, 2 alone/,
    );
  });

  it('where a colour has no label, with the file, the colours and their counts', async () => {
    const file = coloured([1, 2, 3], colours).png().toBuffer();
    await expect(maps({ 'a.png': file }, '#ff0000=lung')).rejects.toThrow(
      /m\/a\.png: the label map holds the values #00ff10 \(64 pixels\), #ffffff \(24 pixels\), and option values names #ff0000 alone \(#00ff10=LABEL/,
    );
  });

  it('where greys of few bits have no label, by the values that they store', async () => {
    for (const bits of [2, 4])
      await expect(maps({ 'a.png': png([1, 3], bits) }, '1=lung')).rejects.toThrow(
        'holds the value 3 (64 pixels), and option values names 1 alone',
      );
  });

  it.each([
    ...['#000000=lung', '#ff00=lung', '#ff0000', '1=lung,#ff0000=heart', '#ff0000=a,#FF0000=b'],
    '1',
    'lung=1',
    '0=lung',
    '1=lung,1=heart',
    '1=',
    '-1=lung',
    '1.5=lung',
    '255=ignore',
    ',',
  ])('where option values is %j', async (values) => {
    await expect(maps({ 'a.png': grey(1) }, values)).rejects.toThrow("option 'values' of folder got");
  });

  it('where option values goes with another format', async () => {
    const options = { format: 'voc', annotations: 'm', values: '1=lung' };
    await expect(read('folder', { 'images/a.jpg': await jpeg(9, 9) }, options)).rejects.toThrow(
      "option 'values' of folder is for format masks; the format is voc",
    );
  });

  it('of many colours, as in a picture', async () => {
    const shades = Array.from({ length: 64 * 64 }, (_, i) => [4 * (i % 64), i >> 4, 99]);
    const file = sharp(Uint8Array.from(shades.flat()), { raw: { width: 64, height: 64, channels: 3 } });
    const archive = await maps({ 'a.png': file.png().toBuffer(), 'b.png': grey() }, named);
    expect(archive.problems[0]?.problem).toContain('more than 1024 colours');
    expect(archive.records.map(({ id }) => id)).not.toContain('a');
  });

  it.each([
    [
      'a lossy format',
      () =>
        sharp(drawn([1, 2]), raw)
          .jpeg()
          .toBuffer(),
      'of a lossy format',
    ],
    ['colours', () => red([1, 2]), 'marks in colours (#010000, #020000), and option values names numbers'],
    [
      'a palette of greys at other numbers',
      () =>
        paletted(
          [1, 2],
          [
            [0, 0, 0],
            [128, 128, 128],
            [255, 255, 255],
          ],
        ),
      'gives its number 1 the grey value 128',
    ],
    ['a damaged file', async () => (await grey(1, 2)).subarray(0, 60), 'its mask cannot be read'],
  ])('by leaving out the image: %s', async (_, made, message) => {
    const file = (await made()) as Buffer;
    const name = file[0] === 0xff ? 'a.jpg' : 'a.png';
    const archive = await maps({ [name]: file, 'b.png': grey(1, 2) });
    expect(archive.records.map(({ id }) => id)).not.toContain('a');
    expect(archive.problems[0]?.problem).toContain(message);
  });

  it('as masks of one finding, naming option values', async () => {
    const several = await maps({ 'a.png': grey(1, 2) }, '');
    const one = await maps({ 'a.png': grey(1), 'b.png': grey(2) }, '');
    const indexed = await maps({ 'a.png': paletted([1, 2], colours) }, '');
    const painted = await maps({ 'a.png': coloured([1, 2], colours).png().toBuffer() }, '');
    for (const { problems } of [several, one, indexed, painted])
      expect(problems[0]?.problem).toContain(
        'option values names their values (1=lung,2=heart) or colours (#ff0000=lung)',
      );
  });

  it('as masks of one finding, by the values that greys of few bits store', async () => {
    for (const bits of [2, 4]) {
      const several = await maps({ 'a.png': png([1, 2], bits), 'b.png': png([1, 1], bits) }, '');
      expect(several.problems[0]?.problem).toContain('the mask holds the values 1, 2, which');
      const one = await maps({ 'a.png': png([1], bits), 'b.png': png([2], bits) }, '');
      expect(one.problems[0]?.problem).toContain('by the values 1, 2, as label maps do');
      const most = 2 ** bits - 1;
      const binary = await maps({ 'a.png': png([most], bits), 'b.png': png([most, most], bits) }, '');
      expect(binary.records.map(({ id, regions }) => [id, regions.length])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 0],
      ]);
    }
  });
});
