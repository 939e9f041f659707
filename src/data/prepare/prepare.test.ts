import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../base/files.js';
import type { GivenOptions } from '../../base/options.js';
import { quietly, type RunContext, stopped } from '../../base/run.js';
import { tensor } from '../../tensor/tensor.js';
import { temporaryTree } from '../../testing/tree.js';
import { forwardPoint } from '../geometry/points.js';
import type { Archive, ImageRecord } from '../record.js';
import { openPrepared, verifyPrepared } from './open.js';
import type { Decode } from './pictures/source.js';
import type { PrepareRequest } from './plan.js';
import { prepare } from './prepare.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prepare-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const noDecode: Decode = () => Promise.reject(new Error('not to be decoded'));
const request: PrepareRequest = { task: 'presence', decode: noDecode, image: { size: 32 } };

function record(id: string, more: Partial<ImageRecord> = {}): ImageRecord {
  return { id, patient: `p-${id}`, path: join(root, `${id}.png`), boxes: [], regions: [], ...more };
}

function archiveOf(records: readonly ImageRecord[]): Archive {
  return { name: 'made', findings: ['a'], records, problems: [] };
}

async function grey(id: string, width: number, height: number, at: (x: number, y: number) => number) {
  const data = Buffer.from(
    Array.from({ length: width * height }, (_, i) => Math.round(at(i % width, Math.floor(i / width)))),
  );
  await sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toFile(join(root, `${id}.png`));
}

const allOf = async (dir: string) => {
  const task = await openPrepared(dir);
  return [...task.train, ...task.validation, ...task.test];
};

const one = async (dir: string) => (await allOf(dir))[0]!;

describe('a prepared image', () => {
  it.each([
    ['8', 1, '1'],
    ['16', 1, '1'],
    ['8', 3, '3'],
    ['16', 3, '3'],
  ])('keeps full scale and shape with %s bits and %s channels', async (bits, channels, given) => {
    await grey('scale', 40, 40, (x) => (x < 20 ? 255 : 0));
    const dir = join(root, `scale-${bits}-${channels}`);
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

  it('keeps 16 bits of a decoded image and of a 16-bit file', async () => {
    const pixels = tensor(
      Float32Array.from({ length: 1024 }, (_, i) => i / 1023),
      [32, 32],
    );
    const decode: Decode = () => Promise.resolve({ pixels });
    const dir = join(root, 'deep');
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
      .toFile(join(root, 'file16.png'));
    const second = join(root, 'deepfile');
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
      .toFile(join(root, `turned-${kind}.png`));
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
      const dir = join(root, `turned-${kind}-${task}`);
      await prepare(archiveOf([made]), { ...request, task, taskOptions, image: { size: 20 } }, dir, quietly);
      const { image, mask } = (await allOf(dir)).find(({ labels }) => labels[0] === 1)!;
      for (let i = 0; i < 400; i++) if (mask!.data[i] === 1) expect(image.data[i]).toBeGreaterThan(0.8);
    }
  });

  it('keeps colours apart, plane by plane, and of decoded ones too', async () => {
    const data = Buffer.from(Array.from({ length: 3 * 256 }, (_, i) => [250, 120, 10][i % 3]!));
    await sharp(data, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toFile(join(root, 'colour.png'));
    const decode: Decode = () =>
      Promise.resolve({
        pixels: tensor(
          Float32Array.from(data, (v) => v / 255),
          [16, 16, 3],
        ),
      });
    const records = [record('colour'), record('decoded', { path: 'x.dcm' })];
    const dir = join(root, 'colour');
    await prepare(archiveOf(records), { ...request, decode, image: { size: 16, channels: 3 } }, dir, quietly);
    for (const { image } of await allOf(dir)) {
      for (const [c, value] of [250, 120, 10].entries()) {
        expect(Math.abs(image.data[c * 256 + 77]! * 255 - value)).toBeLessThan(1.01);
      }
    }
  });

  it('is black beside a letterboxed picture', async () => {
    await grey('wide', 64, 32, () => 200);
    const dir = join(root, 'wide');
    await prepare(archiveOf([record('wide')]), request, dir, quietly);
    const { image } = await one(dir);
    const row = (y: number) => image.data[y * 32 + 16]! * 255;
    expect([row(0), row(7), row(8), row(23), row(24), row(31)].map(Math.round)).toEqual([
      0, 0, 200, 200, 0, 0,
    ]);
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
    const dir = join(root, `set-${id}`);
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
    const dir = join(root, 'tiled');
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
    const dir = join(root, 'exact');
    await prepare(archiveOf([record('exact', { regions, boxes })]), request, dir, quietly);
    expect((await one(dir)).mask!.data.reduce((a, b) => a + b, 0)).toBe(5);
  });
});

describe('preparing', () => {
  const count = 40;
  const many = () =>
    archiveOf(
      Array.from({ length: count }, (_, i) =>
        record(`m${i}`, i % 2 ? { boxes: [{ label: 'a', x: 4, y: 4, width: 9, height: 9 }] } : {}),
      ),
    );
  const large: PrepareRequest = { ...request, image: { size: 512 } };
  const hashes = async (dir: string) =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(dir))
          .sort()
          .map(async (name) => [name, sha256(await readFile(join(dir, name)))] as const),
      ),
    );

  beforeAll(async () => {
    for (let i = 0; i < count; i++) await grey(`m${i}`, 48, 48, (x, y) => (x * (i + 3) + y * 7) % 256);
    await prepare(many(), large, join(root, 'straight'), quietly);
  });

  function stoppedAfter(images: number): RunContext {
    const controller = new AbortController();
    let done = 0;
    const advance = (units = 1) => {
      done += units;
      if (done >= images) controller.abort();
    };
    const nothing = () => {};
    const start = (label: string) => ({
      advance: label === 'preparing images' ? advance : nothing,
      done: nothing,
    });
    return { progress: { start }, signal: controller.signal };
  }

  it('goes on after an interruption, and gives the same bytes', async () => {
    const dir = join(root, 'stopped');
    await expect(prepare(many(), large, dir, stoppedAfter(20))).rejects.toThrow('stopped');
    await expect(openPrepared(dir)).rejects.toThrow('holds no prepared set');
    expect((await readFile(join(dir, 'progress.jsonl'), 'utf8')).split('\n').length).toBeGreaterThan(2);
    await prepare(many(), { ...large, parallel: 1 }, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(join(root, 'straight')));
  });

  it('that is stopped while it decodes leaves no image out for that', async () => {
    const controller = new AbortController();
    const decode: Decode = (_, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(stopped()));
        controller.abort();
      });
    const dir = join(root, 'decoding');
    const asked = { ...request, decode };
    const run = { ...quietly, signal: controller.signal };
    const archive = archiveOf([record('only', { path: 'x.dcm' })]);
    await expect(prepare(archive, asked, dir, run)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await readFile(join(dir, 'progress.jsonl'), 'utf8')).not.toContain('left out');
  });

  it('does not make finished chunks again, and makes damaged ones again', async () => {
    const dir = join(root, 'damaged');
    await expect(prepare(many(), large, dir, stoppedAfter(36))).rejects.toThrow('stopped');
    const path = join(dir, 'progress.jsonl');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBe(3);
    await writeFile(path, `${lines.join('\n')}\n{"chunk":2,"ima`);
    const arrays = await readFile(join(dir, 'images.u8'));
    arrays[16 * 512 * 512 + 5]! ^= 1;
    await writeFile(join(dir, 'images.u8'), arrays);
    const steps: number[] = [];
    const told = (units = 1) => steps.push(units);
    const start = (label: string) => ({
      advance: label === 'preparing images' ? told : () => {},
      done() {},
    });
    const progress = { start };
    await prepare(many(), large, dir, { progress });
    expect(steps[0]).toBe(16);
    expect(await hashes(dir)).toEqual(await hashes(join(root, 'straight')));
  });

  it('goes on from the last line of its journal that says what it should', async () => {
    const dir = join(root, 'strange');
    await expect(prepare(many(), large, dir, stoppedAfter(36))).rejects.toThrow('stopped');
    const path = join(dir, 'progress.jsonl');
    const [head, first, second] = (await readFile(path, 'utf8')).split('\n');
    const wrong = JSON.stringify({ ...JSON.parse(second!), results: [{ mask: 'no' }] });
    await writeFile(path, `${head}\n${first}\n${wrong}\n`);
    await prepare(many(), large, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(join(root, 'straight')));
  });

  it('says in one line which field of its manifest or table is wrong', async () => {
    const dir = join(root, 'fields');
    await prepare(many(), large, dir, quietly);
    const [file, table] = [join(dir, 'manifest.json'), join(dir, 'samples.json')];
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    const faults: [string, string][] = [
      ['{"format": "sightline-prep', 'no JSON (fault at position 26)'],
      ['{"format": NaN}', 'no JSON'],
      ['[]', 'got []; it takes an object'],
      ['{}', 'format: got nothing; it takes "sightline-prepared"'],
      [JSON.stringify({ ...manifest, version: 2 }), 'version: got 2; it takes 1'],
      [JSON.stringify({ ...manifest, rows: '36' }), 'rows: got "36"; it takes a whole number of at least 0'],
      [
        JSON.stringify({ ...manifest, image: { ...manifest.image, channels: 2 } }),
        'image.channels: got 2; it takes 1 or 3',
      ],
      [JSON.stringify({ ...manifest, classes: ['a', 3] }), 'classes[1]: got 3; it takes a text'],
    ];
    for (const [text, fault] of faults) {
      await writeFile(file, text);
      const message = `${file}: ${fault}; expected the manifest of a prepared set`;
      await expect(openPrepared(dir)).rejects.toThrow(expect.objectContaining({ kind: 'input', message }));
    }
    const rows = JSON.parse(await readFile(table, 'utf8'));
    const text = JSON.stringify([{ ...rows[0], split: 'all' }]);
    await writeFile(table, text);
    await writeFile(file, JSON.stringify({ ...manifest, table: sha256(text) }));
    await expect(openPrepared(dir)).rejects.toThrow(
      `${table}: [0].split: got "all"; it takes "train" or "validation" or "test"`,
    );
  });

  it('is the same whatever runs at once, and does nothing when it is done', async () => {
    const dir = join(root, 'parallel');
    await prepare(many(), { ...large, parallel: 7 }, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(join(root, 'straight')));
    const started: string[] = [];
    const start = (label: string) => {
      started.push(label);
      return { advance() {}, done() {} };
    };
    await prepare(many(), large, dir, { progress: { start } });
    expect(started).toEqual(['comparing files']);
  });

  it('is made again where an image or a mask of the same size and name has changed', async () => {
    const at = join(root, 'changing');
    const made = async (value: number, marked: number) => {
      await mkdir(at, { recursive: true });
      await writeFile(
        join(at, 'i.pgm'),
        Buffer.concat([Buffer.from('P5 4 4 255\n'), Buffer.alloc(16, value)]),
      );
      const mask = Buffer.alloc(16);
      mask[marked] = 255;
      await writeFile(join(at, 'm.pgm'), Buffer.concat([Buffer.from('P5 4 4 255\n'), mask]));
      const regions = [{ kind: 'file', label: 'a', path: join(at, 'm.pgm') }] as const;
      const archive = archiveOf([record('i', { path: join(at, 'i.pgm'), width: 4, height: 4, regions })]);
      return prepare(archive, { ...request, image: { size: 8 } }, join(root, 'changed'), quietly);
    };
    const first = await made(9, 5);
    expect(await made(9, 5)).toEqual(first);
    const image = await made(10, 5);
    expect(image.chunks[0]!.images).not.toBe(first.chunks[0]!.images);
    const mask = await made(10, 6);
    expect(mask.chunks[0]!.masks).not.toBe(image.chunks[0]!.masks);
    expect(mask.chunks[0]!.images).toBe(image.chunks[0]!.images);
  });

  it('fails at once where nothing can be written', async () => {
    await writeFile(join(root, 'file'), '');
    const started: string[] = [];
    const start = (label: string) => {
      started.push(label);
      return { advance() {}, done() {} };
    };
    const path = join(root, 'file', 'set');
    await expect(prepare(many(), large, path, { progress: { start } })).rejects.toThrow(
      `${path} can't be written: a part of its path is a file`,
    );
    expect(started).toEqual([]);
  });

  it('refuses a folder with another set', async () => {
    await expect(prepare(many(), { ...large, seed: 5 }, join(root, 'straight'), quietly)).rejects.toThrow(
      'another prepared set',
    );
  });

  it('is checked against its checksums', async () => {
    const dir = join(root, 'checked');
    await prepare(many(), large, dir, quietly);
    await verifyPrepared(dir);
    const bytes = await readFile(join(dir, 'masks.bits'));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(dir, 'masks.bits'), bytes);
    await expect(verifyPrepared(dir)).rejects.toThrow('rows 32 to 39');
    const { train, validation, test } = await openPrepared(dir);
    const read = () => [...train, ...validation, ...test].map(({ image, mask }) => [image, mask]);
    expect(read).toThrow('masks.bits: rows 32 to 39 do not match their checksum');
    await truncate(join(dir, 'masks.bits'), 10);
    await expect(openPrepared(dir)).rejects.toThrow('masks.bits has 10 bytes');
    await writeFile(join(dir, 'samples.json'), '[]');
    await expect(openPrepared(dir)).rejects.toThrow('not the table');
    await writeFile(join(dir, 'manifest.json'), '{}');
    await expect(openPrepared(dir)).rejects.toThrow('expected the manifest of a prepared set');
  });

  it.each([
    [{ row: 40 }, 'samples.json: [0].row: got 40; the arrays have 40'],
    [{ labels: [2] }, 'samples.json: [0].labels: got [2]; it takes one number of the 2 classes, from 0'],
    [{ labels: [0, 1] }, 'samples.json: [0].labels: got [0,1]'],
    [{ labels: [0.5] }, 'samples.json: [0].labels: got [0.5]'],
  ])('is refused where its table does not fit its arrays and classes: %j', async (change, message) => {
    const dir = await temporaryTree();
    const manifest = await prepare(many(), large, dir, quietly);
    const [first, ...rows] = JSON.parse(await readFile(join(dir, 'samples.json'), 'utf8'));
    const text = JSON.stringify([{ ...first, ...change }, ...rows]);
    await writeFile(join(dir, 'samples.json'), text);
    await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, table: sha256(text) }));
    await expect(openPrepared(dir)).rejects.toThrow(message);
  });

  it('tells of images that cannot be read, and leaves them out', async () => {
    await writeFile(join(root, 'John Doe.png'), 'no image at all');
    const bad = record('bad', { path: join(root, 'John Doe.png') });
    const absent = record('absent', { path: join(root, 'Jane Roe.png') });
    const wrong = record('m3', { width: 99, height: 48 });
    const dir = join(root, 'partly');
    const manifest = await prepare(archiveOf([bad, absent, wrong, record('m0')]), request, dir, quietly);
    expect(manifest.problems.map(({ image }) => image)).toEqual(['bad', 'absent', 'm3']);
    expect(manifest.problems[2]!.problem).toContain('48x48 pixels, its annotations speak of 99x48');
    expect((await allOf(dir)).map(({ id }) => id)).toEqual(['m0']);
    expect(await readFile(join(dir, 'manifest.json'), 'utf8')).not.toMatch(/John|Jane|Doe|Roe/);
    await expect(prepare(archiveOf([bad]), request, join(root, 'none'), quietly)).rejects.toThrow(
      'none of the 1',
    );
  });

  it('measures images for tasks that need their size', async () => {
    const dir = join(root, 'measured');
    await grey('measured', 64, 32, () => 90);
    const request2 = { ...request, task: 'tiles', taskOptions: { size: 32 } };
    const manifest = await prepare(archiveOf([record('measured')]), request2, dir, quietly);
    expect(manifest.counts['no a']).toBe(2);
  });

  it('leaves out and counts negative tiles without tissue, by default', async () => {
    await grey('half', 128, 64, (x) => (x < 64 ? 3 : 120));
    const made = async (name: string, tissue: object) => {
      const asked = { ...request, task: 'tiles', taskOptions: { size: 32, ...tissue } };
      return prepare(archiveOf([record('half')]), asked, join(root, name), quietly);
    };
    const left = (await made('tissue', {})).counts;
    expect([left['no a'], left['negative tiles without tissue left out']]).toEqual([4, 4]);
    expect((await made('no-tissue', { tissue: 0 })).counts['no a']).toBe(8);
  });

  it('names bad options', async () => {
    const of = (more: Partial<PrepareRequest>) =>
      prepare(many(), { ...request, ...more }, join(root, 'x'), quietly);
    await expect(of({ task: 'presense' })).rejects.toThrow("did you mean 'presence'");
    await expect(of({ image: { size: 4 } })).rejects.toThrow("'size'");
    await expect(of({ image: { size: '10,20,30' } })).rejects.toThrow("'size'");
    await expect(of({ image: { channels: 2 } as GivenOptions })).rejects.toThrow("'channels'");
  });
});
