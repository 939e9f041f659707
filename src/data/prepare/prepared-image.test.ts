import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { GivenOptions } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { tensor } from '../../tensor/tensor.js';
import { allOf, archiveOf, pictureFolder, request } from '../../testing/pictures-to-prepare.js';
import { tiff } from '../../testing/tiff.js';
import { forwardPoint } from '../geometry/points.js';
import type { Decode } from './pictures/source.js';
import { prepare } from './prepare.js';

const { inFolder, record, grey } = pictureFolder();
const one = async (dir: string) => (await allOf(dir))[0]!;

describe('a prepared image', () => {
  it.each([
    ['8', 1, '1'],
    ['16', 1, '1'],
    ['8', 3, '3'],
    ['16', 3, '3'],
  ])('keeps full scale and shape with %s bits and %s channels', async (bits, channels, given) => {
    await grey('scale', 40, 40, (x) => (x < 20 ? 255 : 0));
    const dir = inFolder(`scale-${bits}-${channels}`);
    await prepare(
      archiveOf([record('scale')]),
      { ...request, image: { size: 40, bits, channels: given } as GivenOptions },
      dir,
      quietly,
    );
    const { image } = await one(dir);
    expect(image.shape).toEqual([channels, 40, 40]);
    for (let c = 0; c < channels; c++) {
      expect(image.data[c * 1600 + 5]).toBe(1);
      expect(image.data[c * 1600 + 35]).toBe(0);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'of 16 bits is turned by EXIF orientation %d, unless annotations state the stored size',
    async (orientation) => {
      const values = Uint16Array.from({ length: 40 * 20 }, (_, i) => (i % 40 < 8 && i < 200 ? 60000 : 900));
      const path = inFolder(`turned-${orientation}.tif`);
      await sharp(values, { raw: { width: 40, height: 20, channels: 1 } })
        .toColourspace('grey16')
        .withMetadata({ orientation })
        .tiff()
        .toFile(path);
      const form = { size: '20,40', bits: '8', fit: 'stretch' } as GivenOptions;
      const shown = async (stated: object, name: string) => {
        const dir = inFolder(`turned-${orientation}-${name}`);
        await prepare(
          archiveOf([record('t', { path, ...stated })]),
          { ...request, image: form },
          dir,
          quietly,
        );
        const { image } = await one(dir);
        return [0, 39, 760, 799].findIndex((corner) => image.data[corner]! > 0.5);
      };
      expect(await shown(orientation > 4 ? { width: 40, height: 20 } : {}, 'stored')).toBe(
        orientation > 4 ? 0 : [0, 0, 1, 3, 2][orientation],
      );
      expect(await shown({ asStored: true }, 'as-stored')).toBe(0);
      expect(await shown({}, 'shown')).toBe([0, 0, 1, 3, 2, 0, 1, 3, 2][orientation]);
    },
  );

  it.each([2, 3, 4, 6])(
    'of EXIF orientation %d is left as stored where its masks are',
    async (orientation) => {
      const name = `mirrored-${orientation}`;
      await sharp({ create: { width: 40, height: 40, channels: 3, background: '#000' } })
        .composite([
          {
            input: { create: { width: 8, height: 8, channels: 3, background: '#fff' } },
            left: 0,
            top: 0,
          },
        ])
        .withMetadata({ orientation })
        .png()
        .toFile(inFolder(`${name}.png`));
      const corner = async (stated: object, dir: string) => {
        await prepare(archiveOf([record(name, stated)]), { ...request, image: { size: 40 } }, dir, quietly);
        return (await one(dir)).image.data[0];
      };
      const dir = inFolder(`${name}-kept`);
      expect(await corner({}, dir)).toBe(0);
      // The set that turned it is not taken for the one that does not.
      expect(await corner({ asStored: true }, dir)).toBe(1);
    },
  );

  it('keeps 16 bits of a decoded image and of a 16-bit file', async () => {
    const pixels = tensor(
      Float32Array.from({ length: 1024 }, (_, i) => i / 1023),
      [32, 32],
    );
    const decode: Decode = () => Promise.resolve({ pixels });
    const dir = inFolder('deep');
    const form = { size: 32, bits: '16' } as const;
    await prepare(
      archiveOf([record('deep', { path: 'x.dcm' })]),
      { ...request, decode, image: form },
      dir,
      quietly,
    );
    const { image } = await one(dir);
    for (let i = 0; i < 1024; i += 50) expect(Math.abs(image.data[i]! - i / 1023)).toBeLessThan(2e-5);

    const values = Uint16Array.from(pixels.data, (v) => Math.round(v * 65535));
    await sharp(values, { raw: { width: 32, height: 32, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(inFolder('file16.png'));
    const second = inFolder('deepfile');
    await prepare(archiveOf([record('file16')]), { ...request, image: form }, second, quietly);
    const read = (await one(second)).image;
    for (let i = 0; i < 1024; i += 50) expect(Math.abs(read.data[i]! - i / 1023)).toBeLessThan(2e-5);
  });

  it.each([
    ['shown', 40, 20],
    ['stored', 20, 40],
  ])('turned by EXIF lies as annotations of the %s size see it', async (kind, width, height) => {
    const bright = { left: 4, top: 28, width: 8, height: 8 };
    const square = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    await sharp({ create: { width: 20, height: 40, channels: 3, background: '#000' } })
      .composite([{ input: square, ...bright }])
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(inFolder(`turned-${kind}.png`));
    const at = kind === 'shown' ? { x: 4, y: 4 } : { x: 4, y: 28 };
    const made = record(`turned-${kind}`, {
      width,
      height,
      boxes: [{ label: 'a', ...at, width: 8, height: 8 }],
    });
    for (const [task, taskOptions] of [
      ['presence', {}],
      ['tiles', { size: 20, coverage: 0.1 }],
    ] as const) {
      const dir = inFolder(`turned-${kind}-${task}`);
      await prepare(archiveOf([made]), { ...request, task, taskOptions, image: { size: 20 } }, dir, quietly);
      const { image, mask } = (await allOf(dir)).find(({ labels }) => labels[0] === 1)!;
      for (let i = 0; i < 400; i++) if (mask!.data[i] === 1) expect(image.data[i]).toBeGreaterThan(0.8);
    }
  });

  it('keeps colours apart, plane by plane, and of decoded ones too', async () => {
    const data = Buffer.from(Array.from({ length: 3 * 256 }, (_, i) => [250, 120, 10][i % 3]!));
    await sharp(data, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toFile(inFolder('colour.png'));
    const decode: Decode = () =>
      Promise.resolve({
        pixels: tensor(
          Float32Array.from(data, (v) => v / 255),
          [16, 16, 3],
        ),
      });
    const records = [record('colour'), record('decoded', { path: 'x.dcm' })];
    const dir = inFolder('colour');
    await prepare(archiveOf(records), { ...request, decode, image: { size: 16, channels: 3 } }, dir, quietly);
    for (const { image } of await allOf(dir)) {
      for (const [c, value] of [250, 120, 10].entries()) {
        expect(Math.abs(image.data[c * 256 + 77]! * 255 - value)).toBeLessThan(1.01);
      }
    }
  });

  it('is black beside a letterboxed picture', async () => {
    await grey('wide', 64, 32, () => 200);
    const dir = inFolder('wide');
    await prepare(archiveOf([record('wide')]), request, dir, quietly);
    const { image } = await one(dir);
    const row = (y: number) => image.data[y * 32 + 16]! * 255;
    expect([row(0), row(7), row(8), row(23), row(24), row(31)].map(Math.round)).toEqual([
      0, 0, 200, 200, 0, 0,
    ]);
  });

  it('that shows nothing is told', async () => {
    await grey('flat', 40, 30, () => 7);
    const { problems } = await prepare(archiveOf([record('flat')]), request, inFolder('flat'), quietly);
    expect(problems).toEqual([
      { image: 'flat', kind: 'blank', problem: expect.stringContaining('all its pixels have one value') },
    ]);
  });

  it.each([
    ['grey', 1, 'png'],
    ['colour', 3, 'png'],
    ['colour', 3, 'webp'],
  ] as const)(
    'shows the colours under transparency, which is told: %s, %i, %s',
    async (kind, bands, type) => {
      const pixels = Buffer.alloc(40 * 40 * (bands + 1), 200);
      pixels.fill(100, 0, pixels.length / 2);
      for (let i = 0; i < 1600; i++) pixels[i * (bands + 1) + bands] = i < 800 ? 255 : 0;
      const path = inFolder(`clear-${kind}.${type}`);
      const raw = { width: 40, height: 40, channels: (bands + 1) as 2 | 4 };
      const image = sharp(pixels, { raw });
      await (type === 'png' ? image.png() : image.webp({ lossless: true, exact: true })).toFile(path);
      for (const size of [20, 40, 80]) {
        const dir = inFolder(`clear-${kind}-${type}-${size}`);
        const options = { ...request, image: { size, channels: 3 } as GivenOptions };
        const { problems } = await prepare(archiveOf([record('c', { path })]), options, dir, quietly);
        const { data } = (await one(dir)).image;
        expect([data[0], data.at(-1)].map((value) => Math.round(value! * 255))).toEqual([100, 200]);
        expect(problems.map(({ problem }) => problem)).toContainEqual(
          expect.stringContaining('it has transparent pixels'),
        );
      }
    },
  );

  it.each(['jpeg', 'tiff'] as const)('whose colours are told by inks is told: %s', async (type) => {
    const pixels = Buffer.from(Array.from({ length: 40 * 40 * 3 }, (_, i) => i % 250));
    const path = inFolder(`inks.${type}`);
    await sharp(pixels, { raw: { width: 40, height: 40, channels: 3 } })
      .toColourspace('cmyk')
      .toFormat(type)
      .toFile(path);
    const { problems } = await prepare(
      archiveOf([record('i', { path })]),
      { ...request, image: { size: 20, channels: 3 } as GivenOptions },
      inFolder(`inks-${type}-set`),
      quietly,
    );
    expect(problems.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('its colours are those of inks (CMYK)'),
    ]);
  });

  it('with pixels without a value is told, once for all of its tiles', async () => {
    const values = Array.from({ length: 64 * 64 }, (_, i) => (i % 5 === 0 ? Number.NaN : i));
    const path = inFolder('gaps.tif');
    await writeFile(path, tiff('float32', values, 64));
    for (const task of [{ task: 'presence' }, { task: 'tiles', taskOptions: { size: 32 } }]) {
      const dir = inFolder(`gaps-${task.task}`);
      const { problems } = await prepare(
        archiveOf([record('gaps', { path })]),
        { ...request, ...task },
        dir,
        quietly,
      );
      const told = problems.filter(({ kind }) => kind === 'odd-values');
      expect(told.map(({ problem }) => problem)).toEqual([
        '820 of its 4096 values are not a number, infinite or beyond 1e30: they show nothing',
      ]);
    }
  });

  it.each([
    ['smaller', 24, 'stretch'],
    ['larger', 200, 'stretch'],
    ['letterboxed', '150,60', 'letterbox'],
    ['stretched one way', '40,200', 'stretch'],
  ])('%s shows a blob where its transform says', async (_, size, fit) => {
    const [cx, cy] = [48.3, 37.9];
    const id = `blob-${fit}-${size}`;
    await grey(id, 90, 70, (x, y) => 250 * Math.exp(-((x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2) / 72));
    const dir = inFolder(`set-${id}`);
    await prepare(
      archiveOf([record(id)]),
      { ...request, image: { size, fit } as GivenOptions },
      dir,
      quietly,
    );
    const { image, transform } = await one(dir);
    const width = image.shape[2]!;
    let [sum, sx, sy] = [0, 0, 0];
    for (const [i, value] of image.data.entries()) {
      sum += value;
      sx += value * ((i % width) + 0.5);
      sy += value * (Math.floor(i / width) + 0.5);
    }
    const [ex, ey] = forwardPoint(transform, [cx, cy]);
    expect(Math.abs(sx / sum - ex)).toBeLessThan(0.1);
    expect(Math.abs(sy / sum - ey)).toBeLessThan(0.1);
  });

  it('of a tile is that part of the original, with its mask', async () => {
    await grey('tiled', 64, 64, (x, y) => 3 * x + y / 2);
    const box = { label: 'a', x: 40, y: 8, width: 10, height: 6 };
    const dir = inFolder('tiled');
    const tiles = { ...request, task: 'tiles', taskOptions: { size: 32 } };
    await prepare(archiveOf([record('tiled', { boxes: [box] })]), tiles, dir, quietly);
    const tile = (await allOf(dir)).find(({ id }) => id === 'tiled@32,0')!;
    expect(tile.labels).toEqual([1]);
    expect(Math.abs(tile.image.data[10 * 32 + 5]! * 255 - (3 * 37 + 5))).toBeLessThan(1.01);
    expect(tile.mask!.data.reduce((a, b) => a + b, 0)).toBe(60);
    expect(tile.mask!.data[8 * 32 + 8]).toBe(1);
    expect(forwardPoint(tile.transform, [40, 8])).toEqual([8, 8]);
  });

  it('takes exact regions for its mask before boxes of the same finding', async () => {
    await grey('exact', 32, 32, () => 9);
    const regions = [{ kind: 'runs', label: 'a', runs: [0, 5], order: 'rows' }] as const;
    const boxes = [{ label: 'a', x: 0, y: 0, width: 20, height: 20 }];
    const dir = inFolder('exact');
    await prepare(archiveOf([record('exact', { regions, boxes })]), request, dir, quietly);
    expect((await one(dir)).mask!.data.reduce((a, b) => a + b, 0)).toBe(5);
  });
});
