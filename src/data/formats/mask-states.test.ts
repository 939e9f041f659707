import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { brief, read, readMasks, record } from '../../testing/archive.js';
import { tiff } from '../../testing/tiff.js';
import { maskOfRegion } from '../geometry/region.js';

const SIDE = 24;

const png = (value: (x: number, y: number) => number) =>
  sharp(
    Uint8Array.from({ length: SIDE * SIDE }, (_, i) => value(i % SIDE, Math.floor(i / SIDE))),
    { raw: { width: SIDE, height: SIDE, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();

/** A square of 10 pixels whose upper left corner is at `at`. */
const square = (at: number, value = 255) =>
  png((x, y) => (x >= at && y >= at && x < at + 10 && y < at + 10 ? value : 0));

/** The line around such a square. */
const line = (at: number, thick: number) =>
  png((x, y) => {
    const inset = Math.min(x - at, y - at, at + 9 - x, at + 9 - y);
    return inset >= 0 && inset < thick ? 255 : 0;
  });

const masks = (files: Parameters<typeof readMasks>[1]) => readMasks(SIDE, files);

const problems = async (...args: Parameters<typeof masks>) =>
  (await masks(...args)).problems.map(({ image, problem }) => `${image}: ${problem}`);

describe('masks that may not mark what is meant', () => {
  it('are told where they are outlines', async () => {
    const found = await problems({ 'a.png': line(3, 1), 'b.png': square(5), 'c.png': square(9) });
    expect(found).toEqual([expect.stringMatching(/^a: its mask is an outline, .*: fill it/)]);
  });

  it('are none where a lesion has a hole', async () => {
    expect(await problems({ 'a.png': line(3, 3), 'b.png': square(5), 'c.png': square(9) })).toEqual([]);
  });

  it('mark what is shown bright where the least value of a TIFF is white', async () => {
    const stored = (at: number) =>
      Array.from({ length: SIDE * SIDE }, (_, i) => {
        const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
        return x >= at && y >= at && x < at + 10 && y < at + 10 ? 0 : 255;
      });
    const files = (photometric: 0 | 1) =>
      Object.fromEntries(
        ['a', 'b', 'c'].map((id, i) => [`${id}.tif`, tiff('uint8', stored(3 + 2 * i), SIDE, 1, photometric)]),
      );
    const archive = await masks(files(0));
    const { data } = await maskOfRegion(record(archive, 'b').regions[0]!, SIDE, SIDE);
    expect([data.indexOf(1) % SIDE, data.reduce((sum, one) => sum + one, 0)]).toEqual([5, 100]);
    await expect(masks(files(1))).rejects.toThrow('they seem inverted');
  });

  it('are told where they go over from dark to bright', async () => {
    const blob = (at: number) =>
      png((x, y) => Math.round(255 * Math.exp(-((x - at) ** 2 + (y - at) ** 2) / 20)));
    const smoothed = sharp(await square(5))
      .blur(0.6)
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const found = await problems({ 'a.png': blob(11), 'b.png': blob(12), 'c.png': smoothed });
    const soft =
      'its mask goes over from dark to bright: pixels of at least half its greatest value count as marked';
    expect(found).toEqual([`a: ${soft}`, `b: ${soft}`]);
  });

  it('are told where all mark the same pixels', async () => {
    const numbered = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`a_mask_${i + 1}.png`, square(5)]));
    const told = async (n: number) =>
      (await problems(numbered(n))).filter((text) => text.includes('its mask is that of all others'));
    expect(await told(4)).toEqual([]);
    expect(await told(5)).toHaveLength(5);
  });

  it('are label maps where each marks by one of several small values', async () => {
    const archive = await masks({ 'a.png': square(5, 1), 'b.png': square(6, 2), 'c.png': square(7, 0) });
    expect(archive.records.map(({ id }) => id)).toEqual(['c']);
    expect(archive.problems[0]?.problem).toContain('mark by the values 1, 2, as label maps do');
    const two = { 'a.png': square(5, 1), 'b.png': square(6, 255), 'c.png': square(7, 1) };
    expect(await problems(two)).toEqual([]);
  });

  it('are label maps where those of one finding mark in several colours', async () => {
    const tinted = async (at: number, tint: string) =>
      sharp(await square(at))
        .tint(tint)
        .toColourspace('srgb')
        .png()
        .toBuffer();
    const coloured = async (at: number, channel: number) => {
      const none = await png(() => 0);
      const bands = [0, 1, 2].map((c) => (c === channel ? square(at) : none));
      const [red, ...others] = await Promise.all(bands);
      return sharp(red)
        .joinChannel(others as Buffer[])
        .toColourspace('srgb')
        .png()
        .toBuffer();
    };
    const archive = await masks({ 'a.png': coloured(5, 0), 'b.png': coloured(6, 1), 'c.png': png(() => 0) });
    expect(archive.records.map(({ id }) => id)).toEqual(['c']);
    expect(archive.problems[0]?.problem).toContain('mark in 2 colours, as label maps do');
    const byFolder = { 'x/a.png': coloured(5, 0), 'y/b.png': coloured(6, 1), 'x/c.png': coloured(7, 0) };
    expect((await masks(byFolder)).findings).toEqual(['x', 'y']);
    expect(await problems(byFolder)).toEqual([]);
    expect(await problems({ 'a.png': square(5), 'b.png': tinted(6, '#fff'), 'c.png': square(7) })).toEqual(
      [],
    );
  });

  it.each([
    ['JPEG', 'jpg', (made: sharp.Sharp) => made.jpeg({ quality: 40 })],
    ['WebP', 'webp', (made: sharp.Sharp) => made.webp({ quality: 40 })],
    ['JPEG in TIFF', 'tif', (made: sharp.Sharp) => made.tiff({ compression: 'jpeg', quality: 40 })],
  ])('are empty where %s leaves noise in black', async (_, ending, save) => {
    const noise = async () => save(sharp(await png((x, y) => (x * y) % 3))).toBuffer();
    const marked = async (at: number) => save(sharp(await square(at))).toBuffer();
    const archive = await masks({ [`a.${ending}`]: marked(4), [`b.${ending}`]: noise(), 'c.png': square(5) });
    expect(archive.records.map(({ regions }) => regions.length)).toEqual([1, 0, 1]);
  });

  it('are told where they mark no more than a few pixels', async () => {
    const found = await problems({
      'a.png': png((x, y) => (y === 3 && x < 3 ? 255 : 0)),
      'b.png': png((x, y) => (y === 3 && x < 4 ? 255 : 0)),
      'c.png': square(9),
    });
    expect(found).toEqual(['a: its mask marks at most 3 pixels: a stray mark makes a positive']);
  });

  it('are not read where they have several pages', async () => {
    const pages = [await square(0, 0), await square(5)];
    const made = sharp(pages, { join: { animated: true } })
      .gif()
      .toBuffer();
    const archive = await masks({ 'a.gif': made, 'b.png': square(5), 'c.png': square(6) });
    expect(archive.records.map(({ id }) => id)).not.toContain('a');
    expect(archive.problems[0]?.problem).toContain('the mask holds 2 pages or frames');
  });

  it('are refused where all mark the whole of their picture', async () => {
    const white = png(() => 255);
    await expect(masks({ 'a.png': white, 'b.png': white, 'c.png': white })).rejects.toThrow(
      'all 3 masks mark the whole of their picture; they seem inverted',
    );
    const empty = png(() => 0);
    expect((await masks({ 'a.png': white, 'b.png': white, 'c.png': empty })).records).toHaveLength(3);
  });
});

describe('masks of single lesions', () => {
  it('that are numbered from one in every image are of one finding', async () => {
    const archive = await masks({
      'a_cyst_1.png': square(1),
      'a_cyst_2.png': square(12),
      'b_cyst_1.png': square(5),
    });
    expect(archive.findings).toEqual(['cyst']);
    expect(record(archive, 'a').regions.map(({ label }) => label)).toEqual(['cyst', 'cyst']);
    expect(brief(archive).filter(([, kind]) => kind === 'mended')).toHaveLength(3);
  });

  it('that are not so are of several', async () => {
    const graded = await masks({ 'a_grade_1.png': square(1), 'b_grade_3.png': square(5) });
    expect(graded.findings).toEqual(['grade_1', 'grade_3']);
  });
});

describe('masks of a picture that cannot be measured', () => {
  it('are told to be compared with nothing', async () => {
    const mask = await square(5);
    const files = { 'images/a.png': mask.subarray(0, 20), 'images/b.png': await square(1) };
    const archive = await read(
      'folder',
      { ...files, 'm/a.png': mask, 'm/b.png': mask },
      { format: 'masks', annotations: 'm', ids: 'files' },
    );
    expect(archive.problems.map(({ image, problem }) => `${image}: ${problem}`)).toEqual([
      'a: its picture cannot be measured, so that its mask is not compared with it',
    ]);
  });
});

describe('masks of another size than the picture', () => {
  const mask = async (width: number, height: number) =>
    sharp(
      Uint8Array.from({ length: width * height }, (_, i) =>
        i % width < width / 2 && i < (width * height) / 2 ? 255 : 0,
      ),
      { raw: { width, height, channels: 1 } },
    )
      .toColourspace('b-w')
      .png()
      .toBuffer();
  const wide = (orientation = 1) => jpegOf(24, 16, orientation);
  const jpegOf = (width: number, height: number, orientation: number) =>
    sharp({ create: { width, height, channels: 3, background: '#808080' } })
      .jpeg()
      .withMetadata({ orientation })
      .toBuffer();
  const look = async (picture: Promise<Buffer>, ...size: readonly [number, number]) => {
    const found = await read(
      'folder',
      { 'images/a.jpg': await picture, 'images/b.jpg': await picture, 'm/a.png': await mask(...size) },
      { format: 'masks', annotations: 'm', ids: 'files', unlabelled: 'negative' },
    );
    const told = found.problems.map(({ image, problem }) => `${image}: ${problem}`);
    return { told, records: found.records };
  };

  it.each([
    [12, 8],
    [48, 32],
    [6, 4],
    [36, 24],
    [7, 5],
    [8, 6],
    [100, 66],
  ])('are scaled where they are copies of %d x %d pixels, which is told', async (width, height) => {
    const { told, records } = await look(wide(), width, height);
    expect(told).toEqual([
      `a: its mask 'finding' has ${width}x${height} pixels, the picture 24x16: it was scaled`,
    ]);
    const { data } = await maskOfRegion(records[0]!.regions[0]!, 16, 24);
    const marked = data.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(marked - 12 * 8)).toBeLessThan((24 / width) * 16 + (16 / height) * 24);
  });

  it.each([
    [16, 16],
    [24, 24],
    [16, 24],
    [32, 16],
  ])('of other proportions, %d x %d, leave the image out, which is told', async (width, height) => {
    const { told, records } = await look(wide(), width, height);
    expect(records.map(({ id }) => id)).toEqual(['b']);
    expect(told[0]).toContain('of other proportions: turned, cut, padded or stretched');
    expect(told[1]).toBe("a: the image is left out: no place of 'finding' can be used");
  });

  it.each([2, 3, 4])('fit both ways where the EXIF orientation is %d, which is told', async (orientation) => {
    const { told } = await look(wide(orientation), 24, 16);
    expect(told).toEqual([
      expect.stringMatching(/^a: its EXIF orientation turns or mirrors it, and its mask/),
    ]);
    expect((await look(wide(6), 16, 24)).told).toEqual([]);
  });

  /** The orientation of each picture, the side of its file, and the size of its mask, if it has one. */
  type Pictures = Readonly<
    Record<string, readonly [orientation: number, side: number, size?: readonly [number, number]]>
  >;
  const [stored, shown] = [[24, 16] as const, [16, 24] as const];
  const turns = async (pictures: Pictures) => {
    const files = Object.entries(pictures).map(async ([id, [orientation, side, size]]) => [
      [`images/${id}.jpg`, await jpegOf(24, side, orientation)] as const,
      ...(size ? [[`m/${id}.png`, await mask(...size)] as const] : []),
    ]);
    const found = await read('folder', Object.fromEntries((await Promise.all(files)).flat()), {
      ...{ format: 'masks', annotations: 'm', ids: 'files', unlabelled: 'negative' },
    });
    const said = (text: string) =>
      found.problems.filter(({ problem }) => problem.includes(text)).map(({ image }) => image);
    return {
      records: found.records.map(({ id, asStored, width }) => [id, asStored ?? false, width]),
      kept: said('kept as stored, without the turn').sort().join(''),
      doubted: said('fits it either way').sort().join(''),
    };
  };

  it.each([5, 6, 7, 8])('lie as stored where those of EXIF orientation %d do', async (orientation) => {
    const found = await turns({
      ...{ a: [orientation, 16, stored], b: [3, 16, stored], c: [2, 16, stored], d: [4, 16, [12, 8]] },
      ...{ e: [6, 24, [24, 24]], f: [1, 16, stored], g: [3, 16], h: [orientation, 16] },
    });
    expect(found).toEqual({
      records: [...'abcdefgh'].map((id) => (id === 'f' ? [id, false, undefined] : [id, true, 24])),
      ...{ kept: 'abcdegh', doubted: '' },
    });
  });

  it('lie as shown where those that tell do', async () => {
    const found = await turns({
      ...{ a: [6, 16, shown], b: [3, 16, stored], c: [2, 16, stored], d: [8, 24, [24, 24]], e: [3, 16] },
    });
    expect(found).toEqual({
      records: [...'abcde'].map((id) => [id, false, undefined]),
      ...{ kept: '', doubted: '' },
    });
  });

  it('lie as shown, which is told, where others disagree', async () => {
    const found = await turns({
      ...{
        a: [6, 16, shown],
        b: [8, 16, stored],
        c: [3, 16, stored],
        d: [6, 24, [24, 24]],
        e: [3, 16],
        f: [6, 16],
      },
    });
    expect(found.records.map(([, asStored]) => asStored)).toEqual(Array(6).fill(false));
    expect(found).toMatchObject({ kept: 'bf', doubted: 'cd' });
    expect(found.records.map(([, , width]) => width)).toEqual([
      undefined,
      24,
      undefined,
      undefined,
      undefined,
      24,
    ]);
  });

  it('lie as shown, which is told, where no other tells', async () => {
    const found = await turns({ a: [1, 16, stored], b: [3, 16, stored], c: [6, 24, [24, 24]], d: [3, 16] });
    expect(found).toEqual({
      records: [...'abcd'].map((id) => [id, false, undefined]),
      ...{ kept: '', doubted: 'bc' },
    });
  });

  it.each([
    [16, 24, {}],
    [24, 16, { width: 24, height: 16 }],
    [12, 8, { width: 24, height: 16 }],
  ])('are of the picture before or after its EXIF orientation: %d x %d', async (width, height, stated) => {
    const { records } = await look(wide(6), width, height);
    expect(records.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(records[0]).toMatchObject(stated);
    // How the other picture lies would tell which of them is marked.
    expect([records[1]!.width, records[1]!.height]).toEqual(
      'width' in stated ? [24, 16] : [undefined, undefined],
    );
  });
});
