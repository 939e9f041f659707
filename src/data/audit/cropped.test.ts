import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { decodeFile } from '../decode/index.js';
import type { ImageRecord } from '../record.js';
import { audit, auditTable } from './index.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cropped-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const record = (id: string, path: string, split: 'train' | 'test'): ImageRecord => ({
  ...{ id, path, split, patient: id, boxes: [], regions: [] },
});

const pairsIn = async (records: readonly ImageRecord[]) => {
  const archive = { name: 'made', findings: ['a'], records, problems: [] };
  const request = { decode: decodeFile, only: ['cropped-duplicates', 'near-duplicates'] };
  return (await audit([{ archive }], request, quietly)).findings;
};

interface Changes {
  readonly side?: number | undefined;
  readonly mirrored?: boolean;
  readonly inverted?: boolean;
  /** By which the picture is turned before its part is taken. */
  readonly degrees?: number;
}

/** Writes a part of a picture as a recompressed JPEG file. */
async function crop(
  from: string,
  id: string,
  [x, y, width, height]: readonly number[],
  { side, mirrored = false, inverted = false, degrees = 0 }: Changes = {},
): Promise<ImageRecord> {
  const whole = await sharp(from).rotate(degrees).toBuffer();
  const size = await sharp(whole).metadata();
  const path = join(root, `${id}.jpg`);
  await sharp(whole)
    .extract({
      left: Math.floor(x! * size.width),
      top: Math.floor(y! * size.height),
      width: Math.floor(width! * size.width),
      height: Math.floor(height! * size.height),
    })
    .flop(mirrored)
    .linear(inverted ? -1 : 1, inverted ? 255 : 0)
    .resize(side)
    .jpeg({ quality: 75 })
    .toFile(path);
  return record(id, path, 'test');
}

/** Where a picture of the size of a file lies in the same one that is tilted by two degrees. */
async function middleOf(path: string) {
  const [{ width, height }, tilted] = [
    await sharp(path).metadata(),
    await sharp(await sharp(path).rotate(2).toBuffer()).metadata(),
  ];
  const half = (whole: number, part: number) => Math.floor((whole - part) / 2);
  return { left: half(tilted.width, width), top: half(tilted.height, height), width, height };
}

/** A picture as a camera sees it on a screen: in perspective, with stripes and a bright spot. */
async function photographed(from: string): Promise<sharp.Sharp> {
  const [width, height] = [600, 450];
  const { data, info } = await sharp(from)
    .resize(width, height, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const shown = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const under = 1 + 0.12 * x - 0.08 * y;
    const [u, v] = [(1.08 * x - 0.05 + 0.04 * y) / under, (1.05 * y - 0.03 + 0.03 * x) / under];
    if (u < 0 || v < 0 || u >= 1 || v >= 1) return 30;
    const value = data[(Math.floor(v * height) * width + Math.floor(u * width)) * info.channels]!;
    const stripes = 1 + 0.08 * Math.sin(0.8 * (i % width) + 6 * Math.sin(4 * y));
    return Math.min(255, value * stripes + 60 * Math.exp(-14 * ((x - 0.7) ** 2 + (y - 0.3) ** 2)));
  });
  return sharp(shown, { raw: { width, height, channels: 1 } });
}

/** Files that are far apart in their folder: neighbours may show one field of view twice. */
const apartIn = async (dir: string, first: number, count: number) =>
  (await readdir(dir))
    .sort()
    .filter((_, i) => i % 17 === first)
    .slice(0, count);

const folders = ['bccd/BCCD/JPEGImages', 'codras_idrid/images', 'cxr_lungboxes/images'] as const;

describe.skipIf(!sharedIsThere)('pairs of a photograph and a part of it', () => {
  it.each(folders)('are found in %s, and no others', { timeout: 120_000 }, async (folder) => {
    const dir = sharedPath('data', ...folder.split('/'));
    const files = (await readdir(dir)).sort().filter((_, i) => i % 9 === 0);
    const wholes = files.slice(0, 12).map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
    const random = seededRandom(folder);
    const parts = await Promise.all(
      wholes.slice(0, 6).map(({ path }, i) => {
        const width = 0.62 + 0.33 * random.uniform();
        const height = i % 3 === 0 ? 0.7 + 0.3 * random.uniform() : width;
        const [x, y] = [random.uniform() * (1 - width), random.uniform() * (1 - height)];
        const side = i % 2 === 0 ? 256 : undefined;
        return crop(path, `part${i}-${folder.length}`, [x, y, width, height], {
          side,
          mirrored: i % 3 === 1,
        });
      }),
    );
    const found = (await pairsIn([...wholes, ...parts])).map(
      ({ images, message }) => `${images.map(({ id }) => id).join(' ')}: ${message}`,
    );
    expect(found.sort()).toEqual(
      parts.map(
        ({ id }, i) =>
          `whole${i} ${id}: both pictures show the same part across train and test${i % 3 === 1 ? ', mirrored left to right' : ''}`,
      ),
    );
  });

  it.each<readonly [string, Changes]>([
    ['inverted', { inverted: true }],
    ['mirrored left to right, inverted', { mirrored: true, inverted: true }],
    ['turned by 90 degrees', { degrees: 90 }],
    ['turned by 180 degrees', { degrees: 180 }],
    ['mirrored and turned by 90 degrees', { mirrored: true, degrees: 90 }],
    ['tilted by a few degrees', { degrees: 2 }],
    ['mirrored left to right, tilted by a few degrees', { mirrored: true, degrees: -4 }],
  ])('are found %s', async (how, changes) => {
    const dir = sharedPath('data', 'cxr_lungboxes', 'images');
    const files = (await readdir(dir)).sort().slice(0, 4);
    const wholes = files.map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
    const name = how.replaceAll(/\W/g, '');
    const part = await crop(wholes[1]!.path, name, [0.1, 0.12, 0.8, 0.8], changes);
    const found = await pairsIn([...wholes, part]);
    expect(found.map(({ images, message }) => [images.map(({ id }) => id), message])).toEqual([
      [['whole1', part.id], `both pictures show the same part across train and test, ${how}`],
    ]);
  });

  it('are found behind the bare edges of letterboxes, of other colours too', {
    timeout: 60_000,
  }, async () => {
    const dir = sharedPath('data', 'codras_idrid', 'images');
    const files = (await readdir(dir)).sort().slice(30, 36);
    const boxed = async (
      file: string,
      id: string,
      [width, height]: readonly number[],
      background: string,
    ) => {
      const path = join(root, `${id}.png`);
      await sharp(file).resize(width, height, { fit: 'contain', background }).png().toFile(path);
      return record(id, path, id.startsWith('whole') ? 'train' : 'test');
    };
    const wholes = await Promise.all(
      files.map((file, i) => boxed(join(dir, file), `whole-boxed${i}`, [256, 256], '#000')),
    );
    const part = await crop(join(dir, files[0]!), 'cut', [0.1, 0.1, 0.7, 0.8]);
    await sharp(wholes[2]!.path).rotate(90).toFile(join(root, 'turned.png'));
    const parts = [
      await boxed(part.path, 'cut-boxed', [256, 256], '#000'),
      await boxed(join(dir, files[1]!), 'padded', [200, 300], '#fff'),
      record('turned', join(root, 'turned.png'), 'test'),
    ];
    const found = (await pairsIn([...wholes, ...parts])).map(
      ({ images, message }) => `${images.map(({ id }) => id).join(' ')}: ${message.slice(0, 11)}`,
    );
    expect(found.sort()).toEqual([
      'whole-boxed0 cut-boxed: both pictur',
      'whole-boxed1 padded: both pictur',
      'whole-boxed2 turned: nearly the ',
    ]);
  });

  const svg = (width: number, height: number, shapes: string) =>
    Buffer.from(`<svg width="${width}" height="${height}">${shapes}</svg>`);
  const viewer = svg(
    1000,
    700,
    `<rect width="1000" height="700" fill="#111"/><rect width="1000" height="40" fill="#353b49"/><rect y="40" width="140" height="660" fill="#22252b"/>${Array.from({ length: 14 }, (_, i) => `<rect x="${8 + 40 * i}" y="8" width="28" height="24" fill="#7a8296"/><rect x="12" y="${60 + 90 * i}" width="110" height="75" fill="none" stroke="#999"/>`).join('')}`,
  );
  const lines = Array.from(
    { length: 9 },
    (_, i) =>
      `<path d="M${(i * 211) % 640} ${(i * 97) % 480}l${((i * 131) % 300) - 150} ${((i * 57) % 240) - 120}" stroke="#ff0" stroke-width="3"/>`,
  ).join('');
  const glow = (x: number, y: number, colour: string) =>
    `<radialGradient id="g${x}"><stop offset="0" stop-color="${colour}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient><circle cx="${x}" cy="${y}" r="260" fill="url(#g${x})"/>`;
  const map = `<rect width="640" height="480" fill="#00f" opacity="0.35"/><g opacity="0.45">${glow(180, 200, '#f00')}${glow(430, 280, '#ff0')}</g>`;
  const cutOf = (path: string, share: number) =>
    sharp(path)
      .resize(640, 480, { fit: 'fill' })
      .extract({ left: 90, top: 50, width: Math.round(640 * share), height: Math.round(480 * share) });

  it.skipIf(!sharedIsThere).each<readonly [string, (path: string, other: string) => Promise<sharp.Sharp>]>([
    [
      'in the window of a viewer',
      async (path) =>
        sharp(viewer).composite([{ input: await cutOf(path, 0.6).toBuffer(), left: 300, top: 200 }]),
    ],
    [
      'whole in the window of a viewer',
      async (path) => {
        const input = await sharp(path).resize(520, 390, { fit: 'fill' }).toBuffer();
        return sharp(viewer).composite([{ input, left: 250, top: 150 }]);
      },
    ],
    [
      'equalised place by place and mirrored',
      async (path) =>
        sharp(
          await cutOf(path, 0.7)
            .toColourspace('b-w')
            .clahe({ width: 60, height: 60, maxSlope: 5 })
            .toBuffer(),
        ).flop(),
    ],
    [
      'under lines',
      async (path) => sharp(await cutOf(path, 0.8).toBuffer()).composite([{ input: svg(512, 384, lines) }]),
    ],
    [
      'under a coloured map',
      async (path) =>
        sharp(await sharp(path).resize(640, 480, { fit: 'fill' }).toBuffer()).composite([
          { input: svg(640, 480, map) },
        ]),
    ],
    [
      'beside another without a line between them',
      async (path, other) => {
        const [left, right] = await Promise.all(
          [other, path].map((of) => sharp(of).resize(420, 320, { fit: 'fill' }).toBuffer()),
        );
        return sharp({ create: { width: 840, height: 320, channels: 3, background: '#000' } }).composite([
          { input: left!, left: 0, top: 0 },
          { input: right!, left: 420, top: 0 },
        ]);
      },
    ],
    ['a third of a side large', async (path) => cutOf(path, 0.34)],
    ['in perspective, under moiré and glare', (path) => photographed(path)],
  ])('are found %s', { timeout: 60_000 }, async (name, change) => {
    for (const folder of folders) {
      const dir = sharedPath('data', ...folder.split('/'));
      const files = await apartIn(dir, 3, 4);
      const wholes = files.map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
      const path = join(root, `${name.replaceAll(/\W/g, '')}-${folder.length}.jpg`);
      const changed = await change(wholes[1]!.path, join(dir, (await apartIn(dir, 11, 1))[0]!));
      await changed.removeAlpha().jpeg({ quality: 80 }).toFile(path);
      const found = await pairsIn([...wholes, record('part', path, 'test')]);
      expect(
        found.map(({ images }) => images.map(({ id }) => id)),
        folder,
      ).toEqual([['whole1', 'part']]);
    }
  });

  it.skipIf(!sharedIsThere)(
    'are not others in the same window, or under the same lines',
    {
      timeout: 60_000,
    },
    async () => {
      for (const folder of folders) {
        const dir = sharedPath('data', ...folder.split('/'));
        const files = await apartIn(dir, 6, 6);
        const records = await Promise.all(
          files.map(async (file, i) => {
            const path = join(root, `other${i}-${folder.length}.png`);
            const input = await sharp(join(dir, file)).resize(640, 480, { fit: 'fill' }).toBuffer();
            const covered =
              i < 3
                ? sharp(viewer).composite([{ input, left: 180, top: 100 }])
                : sharp(input).composite([{ input: svg(640, 480, lines) }]);
            await covered.png().toFile(path);
            return record(`other${i}`, path, 'train');
          }),
        );
        expect(await pairsIn(records)).toEqual([]);
      }
    },
  );

  it('are found once where a whole picture is tilted', async () => {
    const dir = sharedPath('data', 'cxr_lungboxes', 'images');
    const files = (await readdir(dir)).sort().slice(0, 3);
    const wholes = files.map((file, i) => record(`whole${i}`, join(dir, file), 'train'));
    const path = join(root, 'whole-tilted.png');
    await sharp(await sharp(wholes[1]!.path).rotate(2).toBuffer())
      .extract(await middleOf(wholes[1]!.path))
      .toFile(path);
    const found = await pairsIn([...wholes, record('tilted', path, 'test')]);
    expect(found.map(({ check, images }) => [check, images.map(({ id }) => id)])).toEqual([
      ['near-duplicates', ['whole1', 'tilted']],
    ]);
  });

  it('are not looked for among more images than asked, which is told', async () => {
    const dir = sharedPath('data', 'cxr_lungboxes', 'images');
    const records = (await readdir(dir))
      .slice(0, 3)
      .map((file, i) => record(`x${i}`, join(dir, file), 'train'));
    const archive = { name: 'made', findings: ['a'], records, problems: [] };
    const options = { 'cropped-duplicates': { most: 2 } };
    const request = { decode: decodeFile, only: ['cropped-duplicates'], options };
    const report = await audit([{ archive }], request, quietly);
    expect(auditTable(report)).toContain(
      'note: 3 images were not compared, as they are more than 2 (option cropped-duplicates.most)',
    );
  });
});
