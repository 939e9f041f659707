import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { imageElements, madeDicom } from '../../testing/dicom.js';
import { joined, tiff } from '../../testing/tiff.js';
import { temporaryTree } from '../../testing/tree.js';
import { decodeFile } from './file.js';
import { decodePicture } from './picture.js';

const grey = (width: number, height: number, ...values: number[]) =>
  sharp(Uint8Array.from(values), { raw: { width, height, channels: 1 } }).toColourspace('b-w');
const colour = (width: number, height: number, ...values: number[]) =>
  sharp(Uint8Array.from(values), { raw: { width, height, channels: 3 } });

const read = async (image: sharp.Sharp | Uint8Array, raw = true) => {
  const bytes = image instanceof Uint8Array ? image : await image.toBuffer();
  const { pixels, channels } = await decodePicture(bytes, 'a.img', { raw });
  return { shape: pixels.shape, values: [...pixels.data], channels };
};

/** A bitmap from rows that are given bottom up, each padded to 4 bytes. */
function bitmap(width: number, height: number, bits: number, palette: number[], rows: number[]): Buffer {
  const out = Buffer.alloc(54);
  out.write('BM');
  out.writeUInt32LE(54 + palette.length, 10);
  out.writeUInt32LE(40, 14);
  out.writeInt32LE(width, 18);
  out.writeInt32LE(height, 22);
  out.writeUInt16LE(1, 26);
  out.writeUInt16LE(bits, 28);
  out.writeUInt32LE(palette.length / 4, 46);
  return Buffer.concat([out, Buffer.from(palette), Buffer.from(rows)]);
}

describe('pictures', () => {
  test('of 8 bits keep their values, grey or colour, in PNG and TIFF', async () => {
    expect(await read(grey(3, 1, 0, 7, 255).png())).toEqual({
      shape: [1, 3],
      values: [0, 7, 255],
      channels: 1,
    });
    expect(await read(colour(2, 1, 1, 2, 3, 253, 254, 255).png())).toEqual({
      shape: [1, 2, 3],
      values: [1, 2, 3, 253, 254, 255],
      channels: 3,
    });
    expect((await read(grey(3, 1, 0, 7, 255).tiff({ compression: 'lzw' }))).values).toEqual([0, 7, 255]);
    expect((await read(grey(2, 1, 0, 51).png(), false)).values.map((v) => Math.fround(v))).toEqual([
      0,
      Math.fround(0.2),
    ]);
  });

  test('of 16 bits keep their values', async () => {
    const samples = Uint16Array.of(0, 258, 40000, 65535);
    const png = await sharp(samples, { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const { pixels } = await decodePicture(png, 'a.png', { raw: true });
    expect(pixels).toEqual({ data: samples, shape: [2, 2] });
    const display = await decodePicture(png, 'a.png');
    expect(display.pixels.data[2]).toBeCloseTo(40000 / 65535, 6);
  });

  test('of several pages give the stored values of all, where they are alike', async () => {
    const pages = [
      [1, -2, 3, 4],
      [5, 6, 7, -800],
      [9, 10, 11, 12],
    ].map((values) => tiff('int16', values));
    const bytes = joined(pages);
    const all = await decodePicture(bytes, 'a.tif', { raw: true });
    expect(all.pixels.shape).toEqual([3, 2, 2]);
    expect([...all.pixels.data]).toEqual([1, -2, 3, 4, 5, 6, 7, -800, 9, 10, 11, 12]);
    const second = await decodePicture(bytes, 'a.tif', { raw: true, frame: 1 });
    expect([second.pixels.shape, ...second.pixels.data]).toEqual([[2, 2], 5, 6, 7, -800]);
    expect((await decodePicture(bytes, 'a.tif')).pixels.shape).toEqual([2, 2]);
    await expect(decodePicture(bytes, 'a.tif', { raw: true, limits: { totalSamples: 8 } })).rejects.toThrow(
      /3 pages of 4 samples are over the limit of 8/,
    );
  });

  test('of which one page alone has its least value white are stored as they stand', async () => {
    const [black, white] = [tiff('uint8', [1, 2, 3, 4]), tiff('uint8', [5, 6, 7, 8], 2, 1, 0)];
    for (const pages of [
      [black, white],
      [white, black],
    ]) {
      const { pixels } = await decodePicture(joined(pages), 'a.tif', { raw: true });
      expect([...pixels.data]).toEqual(
        pages[0] === black ? [1, 2, 3, 4, 5, 6, 7, 8] : [5, 6, 7, 8, 1, 2, 3, 4],
      );
      const shown = await decodePicture(joined(pages), 'a.tif', { frame: 1 });
      const first = pages[1] === black ? 1 / 255 : 250 / 255;
      expect(shown.pixels.data[0]).toBeCloseTo(first, 6);
    }
  });

  test('of pages that differ give the stored values of the first, and say so', async () => {
    for (const other of [tiff('int16', [1, 2]), tiff('uint8', [1, 2, 3, 4])]) {
      const bytes = joined([tiff('int16', [1, 2, 3, 4]), other]);
      const { pixels, doubts } = await decodePicture(bytes, 'a.tif', { raw: true });
      expect([...pixels.data]).toEqual([1, 2, 3, 4]);
      expect(doubts).toEqual([expect.stringContaining('its 2 pages differ in size or type')]);
      const second = await decodePicture(bytes, 'a.tif', { raw: true, frame: 1 });
      expect([...second.pixels.data].slice(0, 2)).toEqual([1, 2]);
    }
  });

  test('lose their transparency', async () => {
    const image = sharp(Uint8Array.of(10, 20, 30, 0), { raw: { width: 1, height: 1, channels: 4 } }).png();
    expect(await read(image)).toEqual({ shape: [1, 1, 3], values: [10, 20, 30], channels: 3 });
    const { doubts } = await decodePicture(await image.toBuffer(), 'a.png');
    expect(doubts).toEqual([expect.stringContaining('it has transparent pixels')]);
    const opaque = await colour(1, 1, 10, 20, 30).ensureAlpha(1).png().toBuffer();
    expect((await decodePicture(opaque, 'a.png')).doubts).toBeUndefined();
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'are turned as EXIF orientation %i says, stored values too',
    async (o) => {
      const bytes = await grey(3, 2, 0, 10, 20, 30, 40, 50).withMetadata({ orientation: o }).png().toBuffer();
      const shown = {
        1: [2, 3, 0, 10, 20, 30, 40, 50],
        2: [2, 3, 20, 10, 0, 50, 40, 30],
        3: [2, 3, 50, 40, 30, 20, 10, 0],
        4: [2, 3, 30, 40, 50, 0, 10, 20],
        5: [3, 2, 0, 30, 10, 40, 20, 50],
        6: [3, 2, 30, 0, 40, 10, 50, 20],
        7: [3, 2, 50, 20, 40, 10, 30, 0],
        8: [3, 2, 20, 50, 10, 40, 0, 30],
      }[o]!;
      for (const raw of [true, false]) {
        const { shape, values } = await read(bytes, raw);
        const grey = values
          .filter((_, i) => i % (shape[2] ?? 1) === 0)
          .map((v) => Math.round(raw ? v : v * 255));
        expect([...shape.slice(0, 2), ...grey]).toEqual(shown);
      }
    },
  );

  test.each([
    ['int8', [-128, -1, 0, 127]],
    ['int16', [-32768, -1, 5, 32767]],
    ['uint32', [0, 70000, 3, 4000000000]],
    ['int32', [-70000, -1, 0, 2000000001]],
    ['float32', [-1.5, 0, 0.25, 1e6]],
  ] as const)('in TIFF of type %s keep their values, and fill the range of display', async (type, values) => {
    const bytes = tiff(type, values);
    expect((await read(bytes)).values).toEqual([...values]);
    const shown = (await read(bytes, false)).values;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    for (const [i, v] of values.entries()) expect(shown[i]).toBeCloseTo((v - low) / (high - low), 5);
  });

  test('of 12 bits in 16 fill the range of display, marks for no value aside', async () => {
    const png = await sharp(Uint16Array.of(0, 1024, 2048, 4095), {
      raw: { width: 2, height: 2, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const shown = (await read(png, false)).values;
    for (const [i, v] of [0, 1024, 2048, 4095].entries()) expect(shown[i]).toBeCloseTo(v / 4095, 5);
    const marked = tiff('float32', [-3.4e38, 1, 2, 3]);
    expect((await read(marked, false)).values).toEqual([0, 0, 0.5, 1]);
    expect((await read(tiff('float32', [NaN, Infinity, 2, 4]), false)).values).toEqual([0, 0, 0, 1]);
  });

  test('whose colours are told by inks are doubted', async () => {
    const bytes = await colour(1, 1, 60, 70, 200).toColourspace('cmyk').jpeg().toBuffer();
    const { doubts, channels } = await decodePicture(bytes, 'a.jpg');
    expect([channels, doubts]).toEqual([3, [expect.stringContaining('those of inks (CMYK)')]]);
  });

  test.each([
    ['not a number', [NaN, 1, 2, 4]],
    ['infinite', [1, -Infinity, 2, 4]],
    ['a mark', [1, 2, 4, 1e38]],
  ])('without a value (%s) are told', async (_, values) => {
    const { doubts } = await decodePicture(tiff('float32', values), 'a.tif');
    expect(doubts).toEqual([
      '1 of its 4 values are not a number, infinite or beyond 1e30: they show nothing',
    ]);
    expect((await decodePicture(tiff('float32', [1, 2, 3, 4]), 'a.tif')).doubts).toBeUndefined();
  });

  test.each([
    ['int8', [-100, 20, 50, 100]],
    ['int16', [-3000, 0, 900, 3000]],
    ['uint16', [0, 30, 40, 65535]],
    ['float32', [-1, 0, 0.5, 1]],
  ] as const)('of %s are drawn inverted where their least value is white', async (type, values) => {
    const [black, white] = [tiff(type, values), tiff(type, values, 2, 1, 0)];
    const [plain, inverted] = [(await read(black, false)).values, (await read(white, false)).values];
    for (const [i, value] of plain.entries()) expect(inverted[i]).toBeCloseTo(1 - value, 4);
  });

  test.each([
    ['uint8', [0, 1, 2, 255]],
    ['uint16', [0, 1, 40, 65535]],
    ['uint32', [0, 70000, 3, 4000000000]],
    ['int16', [-3000, 0, 900, 3000]],
    ['float32', [-1, 0, 0.5, 1]],
  ] as const)('of %s are stored as they stand where their least is white', async (type, values) => {
    const white = await decodePicture(tiff(type, values, 2, 1, 0), 'a.tif', { raw: true });
    expect([[...white.pixels.data], white.negative]).toEqual([[...values], true]);
    expect((await decodePicture(tiff(type, values), 'a.tif', { raw: true })).negative).toBeUndefined();
  });

  test('of 16 bits tell what is black and white as the file stores it', async () => {
    const bytes = tiff('uint16', [0, 30, 40, 50000], 2, 1, 0);
    expect((await decodePicture(bytes, 'a.tif')).stretched).toEqual({ low: 50000, high: 0 });
  });

  test.each([
    [1, 2, 0, undefined, 'its TIFF has 2 channels'],
    [1, 2, undefined, undefined, 'its TIFF has 2 channels'],
    [1, 5, 0, undefined, 'its TIFF has 5 channels'],
    [2, 5, 0, undefined, 'its TIFF has 5 channels'],
    [1, 2, 2, undefined, undefined],
    [2, 4, 2, undefined, undefined],
    [2, 4, 0, 'its fourth channel, of which', undefined],
    [1, 3, undefined, 'its three channels, of which', undefined],
  ] as const)(
    'of photometric %i, %i channels, extra %s',
    async (photometric, channels, extra, doubt, fault) => {
      const values = Array.from({ length: 4 * channels }, (_, i) =>
        i % channels < 3 ? 9 * i : 255 * (i % 2),
      );
      const bytes = tiff('uint8', values, 2, 1, photometric, { channels, extra });
      const decoded = decodePicture(bytes, 'a.tif');
      if (fault !== undefined) {
        await expect(decoded).rejects.toThrow(fault);
        return;
      }
      const { doubts = [] } = await decoded;
      if (doubt === undefined) expect(doubts.filter((one) => one.includes('channel'))).toEqual([]);
      else expect(doubts).toEqual([expect.stringContaining(doubt)]);
    },
  );

  test('of samples that would be misread are refused by their type', async () => {
    const halves = Buffer.from(tiff('uint16', [0, 15360, 14336, 0]));
    halves.writeUInt32LE(3, halves.length - 8);
    for (const [bytes, what] of [
      [halves, 'floating-point numbers of 16 bits'],
      [tiff('float64', [0, 1]), 'floating-point numbers of 64 bits'],
    ] as const)
      await expect(read(bytes)).rejects.toThrow(`a.img: its TIFF samples are ${what}; `);
  });

  test.each([
    [259, 50000, 'its TIFF compression is Zstandard; none, LZW, '],
    [259, 77, 'its TIFF compression is of number 77; none, LZW, '],
    [262, 8, 'its TIFF colours are CIELab; grey, RGB, '],
  ])('in a TIFF whose tag %i is %i are refused by what they are', async (tag, value, message) => {
    const bytes = tiff('uint16', [0, 1, 2, 3]);
    const place = bytes.lastIndexOf(Buffer.of(tag & 255, tag >> 8, 4, 0, 1, 0, 0, 0));
    bytes.writeUInt32LE(value, place + 8);
    await expect(read(bytes)).rejects.toThrow(`a.img: ${message}`);
  });

  test('of channels in tiles apart are refused by that name', async () => {
    const bytes = await colour(2, 1, 250, 10, 20, 1, 2, 3)
      .tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 })
      .toBuffer();
    expect((await read(bytes)).values).toEqual([250, 10, 20, 1, 2, 3]);
    const planes = bytes.lastIndexOf(Buffer.of(284 & 255, 284 >> 8, 3, 0, 1, 0, 0, 0));
    bytes.writeUInt16LE(2, planes + 8);
    await expect(read(bytes)).rejects.toThrow('a.img: its TIFF channels are in tiles apart (planar)');
  });

  test('in WebP and GIF are read', async () => {
    const made = colour(2, 1, 250, 10, 20, 1, 2, 3);
    expect((await read(made.clone().webp({ lossless: true }))).values).toEqual([250, 10, 20, 1, 2, 3]);
    expect((await read(made.clone().gif())).shape).toEqual([1, 2, 3]);
  });

  test('in JPEG are those that sharp decodes', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 37 + (i >> 6) * 11) & 0xff);
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 1 } })
      .toColourspace('b-w')
      .jpeg({ quality: 95 })
      .toBuffer();
    const { values, shape } = await read(jpeg);
    expect(shape).toEqual([64, 64]);
    expect(values).toEqual([...(await sharp(jpeg).toColourspace('b-w').raw().toBuffer())]);
  });

  test('in BMP come from 24 bits, palettes and single bits, in both row orders', async () => {
    const rows = [3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0];
    const upright = [7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6];
    expect(await read(bitmap(2, 2, 24, [], rows))).toEqual({
      shape: [2, 2, 3],
      values: upright,
      channels: 3,
    });
    const down = await read(bitmap(2, -2, 24, [], rows));
    expect(down.values).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const greys = [0, 0, 0, 0, 200, 200, 200, 0];
    expect(await read(bitmap(3, 1, 8, greys, [1, 0, 1, 0]))).toEqual({
      shape: [1, 3],
      values: [200, 0, 200],
      channels: 1,
    });
    expect((await read(bitmap(3, 1, 1, greys, [0b10100000, 0, 0, 0]))).values).toEqual([200, 0, 200]);
    const colours = [30, 20, 10, 0, 60, 50, 40, 0];
    expect((await read(bitmap(2, 1, 4, colours, [0x10, 0, 0, 0]))).values).toEqual([40, 50, 60, 10, 20, 30]);
  });

  test.each([
    [
      'a cut PNG',
      async () =>
        (
          await grey(64, 64, ...Array(4096).fill(7))
            .png()
            .toBuffer()
        ).subarray(0, 60),
    ],
    ['a cut bitmap', async () => bitmap(9, 9, 24, [], [1, 2, 3])],
    ['a huge bitmap', async () => bitmap(2 ** 30, 2 ** 30, 24, [], [])],
    [
      'a bitmap whose palette lacks a colour',
      async () => bitmap(2, 1, 8, [9, 9, 9, 0, 8, 8, 8, 0], [1, 2, 0, 0]),
    ],
    ['a compressed bitmap', async () => bitmap(1, 1, 16, [], [0, 0, 0, 0])],
  ])('%s is refused with its name', async (_, make) => {
    await expect(decodePicture(await make(), 'bad.img')).rejects.toMatchObject({
      name: 'SightlineError',
      message: expect.stringMatching(/^bad\.img: /),
    });
  });

  test.each([
    ['sequential and of 12 bits', 0xc1, 12],
    ['lossless and of 16 bits', 0xc3, 16],
    ['arithmetic-coded and of 8 bits', 0xc9, 8],
    ['JPEG-LS and of 8 bits', 0xf7, 8],
    ['hierarchical and of 8 bits', 0xc5, 8],
  ])('in JPEG of another process or depth are named: %s', async (what, process, bits) => {
    const frame = [0xff, process, 0, 11, bits, 0, 4, 0, 4, 1, 1, 0x11, 0];
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 2, ...frame]);
    await expect(decodePicture(jpeg, 'a.jpg')).rejects.toThrow(`a.jpg: its JPEG is ${what}; baseline`);
  });

  test('beyond the limit of pixels are refused', async () => {
    const png = await grey(64, 64, ...Array(4096).fill(7))
      .png()
      .toBuffer();
    await expect(decodePicture(png, 'a.png', { limits: { frameSamples: 1000 } })).rejects.toThrow(
      /a\.png: its header claims 64 x 64 pixels; up to 1000 are accepted/,
    );
  });
});

describe('files', () => {
  test('are told by their content, whatever their name', async () => {
    const dicom = madeDicom([...imageElements(1, 2), ['7fe00010', 'OB', Uint8Array.of(5, 6)]]);
    const root = await temporaryTree({
      'a.png': dicom,
      'b.dcm': await grey(2, 1, 5, 6).png().toBuffer(),
      'without-preamble': dicom.subarray(dicom.indexOf('DICM') + 4),
      'c.svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      empty: Buffer.alloc(0),
    });
    for (const name of ['a.png', 'b.dcm', 'without-preamble']) {
      expect([...(await decodeFile(join(root, name), { raw: true })).pixels.data]).toEqual([5, 6]);
    }
    await expect(decodeFile(join(root, 'c.svg'))).rejects.toThrow('c.svg: it is neither DICOM nor PNG');
    await expect(decodeFile(join(root, 'c.svg'))).rejects.toThrow('but an SVG drawing');
    await expect(decodeFile(join(root, 'empty'))).rejects.toThrow('empty: it is empty');
    await expect(decodeFile(join(root, 'absent'))).rejects.toThrow("absent can't be read: ");
    await expect(decodeFile(join(root, 'b.dcm'), { frame: 3 })).rejects.toThrow(
      'frame 3 is asked for; it has 1',
    );
    await expect(decodeFile(join(root, 'a.png'), { limits: { fileBytes: 10 } })).rejects.toThrow(
      'a.png has 264 bytes; at most 10 are read',
    );
  });
});
