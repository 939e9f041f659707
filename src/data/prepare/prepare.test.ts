import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../base/files.js';
import type { GivenOptions } from '../../base/options.js';
import { quietly, type RunContext, stopped } from '../../base/run.js';
import { allOf, archiveOf, pictureFolder, request } from '../../testing/pictures-to-prepare.js';
import { temporaryTree } from '../../testing/tree.js';
import type { Archive } from '../record.js';
import { contentHashOf, readManifest } from './manifest.js';
import { openPrepared, verifyPrepared } from './open.js';
import type { Decode } from './pictures/source.js';
import type { PrepareRequest } from './plan.js';
import { prepare } from './prepare.js';

const { inFolder, record, grey } = pictureFolder();

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
    await prepare(many(), large, inFolder('straight'), quietly);
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
    const dir = inFolder('stopped');
    await expect(prepare(many(), large, dir, stoppedAfter(20))).rejects.toThrow('stopped');
    await expect(openPrepared(dir)).rejects.toThrow('holds no prepared set');
    expect((await readFile(join(dir, 'progress.jsonl'), 'utf8')).split('\n').length).toBeGreaterThan(2);
    await prepare(many(), { ...large, parallel: 1 }, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(inFolder('straight')));
  });

  it('that is stopped while it decodes leaves no image out for that', async () => {
    const controller = new AbortController();
    const decode: Decode = (_, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(stopped()));
        controller.abort();
      });
    const dir = inFolder('decoding');
    const asked = { ...request, decode };
    const run = { ...quietly, signal: controller.signal };
    const archive = archiveOf([record('only', { path: 'x.dcm' })]);
    await expect(prepare(archive, asked, dir, run)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await readFile(join(dir, 'progress.jsonl'), 'utf8')).not.toContain('left out');
  });

  it('does not make finished chunks again, and makes damaged ones again', async () => {
    const dir = inFolder('damaged');
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
    expect(await hashes(dir)).toEqual(await hashes(inFolder('straight')));
  });

  it('goes on from the last line of its journal that says what it should', async () => {
    const dir = inFolder('strange');
    await expect(prepare(many(), large, dir, stoppedAfter(36))).rejects.toThrow('stopped');
    const path = join(dir, 'progress.jsonl');
    const [head, first, second] = (await readFile(path, 'utf8')).split('\n');
    const wrong = JSON.stringify({ ...JSON.parse(second!), results: [{ mask: 'no' }] });
    await writeFile(path, `${head}\n${first}\n${wrong}\n`);
    await prepare(many(), large, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(inFolder('straight')));
  });

  it('says in one line which field of its manifest or table is wrong', async () => {
    const dir = inFolder('fields');
    await prepare(many(), large, dir, quietly);
    const [file, table] = [join(dir, 'manifest.json'), join(dir, 'samples.json')];
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    const faults: [string, string][] = [
      ['{"format": "sightline-prep', 'no JSON (fault at position 26)'],
      ['{"format": NaN}', 'no JSON (it holds NaN or Infinity, which JSON has not)'],
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
    const changed = { ...manifest, table: sha256(text) };
    await writeFile(file, JSON.stringify({ ...changed, contentHash: contentHashOf(changed) }));
    await expect(openPrepared(dir)).rejects.toThrow(
      `${table}: [0].split: got "all"; it takes "train" or "validation" or "test"`,
    );
  });

  it('is the same whatever runs at once, and does nothing when it is done', async () => {
    const dir = inFolder('parallel');
    await prepare(many(), { ...large, parallel: 7 }, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(inFolder('straight')));
    const started: string[] = [];
    const start = (label: string) => {
      started.push(label);
      return { advance() {}, done() {} };
    };
    await prepare(many(), large, dir, { progress: { start } });
    expect(started).toEqual(['comparing files']);
  });

  it('is made again where an image or a mask of the same size and name has changed', async () => {
    const at = inFolder('changing');
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
      return prepare(archive, { ...request, image: { size: 8 } }, inFolder('changed'), quietly);
    };
    const first = await made(9, 5);
    expect(await made(9, 5)).toEqual(first);
    const image = await made(10, 5);
    expect(image.chunks[0]!.images).not.toBe(first.chunks[0]!.images);
    const mask = await made(10, 6);
    expect(mask.chunks[0]!.masks).not.toBe(image.chunks[0]!.masks);
    expect(mask.chunks[0]!.images).toBe(image.chunks[0]!.images);
  });

  it('stays where only its problems and counts have changed, and tells the new ones', async () => {
    const records = [...many().records, record('torn', { path: inFolder('torn.pgm') })];
    const of = (missing: number): Archive => ({
      ...many(),
      records,
      problems: Array.from({ length: missing }, (_, i) => ({
        image: `gone${i}`,
        kind: 'missing-image' as const,
        problem: 'image file is missing',
      })),
    });
    const arrays = async (dir: string) => (await stat(join(dir, 'images.u8'))).mtimeMs;
    const dir = inFolder('told');
    const kept: unknown[] = [];
    for (const missing of [20, 100, 3, 0, 0]) {
      const told = await prepare(of(missing), large, dir, quietly);
      const fresh = inFolder(`told-${missing}`);
      expect(told).toEqual(await prepare(of(missing), large, fresh, quietly));
      expect(told.problems).toHaveLength(missing + 1);
      expect(await readManifest(dir)).toEqual(await readManifest(fresh));
      kept.push(await arrays(dir));
    }
    expect(new Set(kept).size).toBe(1);
  });

  it('makes an older set again that does not say where its problems were found', async () => {
    const dir = inFolder('older');
    const { drawnProblems: _, ...older } = await prepare(many(), large, dir, quietly);
    const problems = [{ image: 'gone', problem: 'image file is missing' }];
    await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...older, problems }));
    const now = await prepare(many(), large, dir, quietly);
    expect(now).toEqual({ ...older, drawnProblems: 0 });
  });

  it('fails at once where nothing can be written', async () => {
    await writeFile(inFolder('file'), '');
    const started: string[] = [];
    const start = (label: string) => {
      started.push(label);
      return { advance() {}, done() {} };
    };
    const path = inFolder('file', 'set');
    await expect(prepare(many(), large, path, { progress: { start } })).rejects.toThrow(
      `${path} can't be written: a part of its path is a file`,
    );
    expect(started).toEqual([]);
  });

  it('refuses a folder with another set', async () => {
    await expect(prepare(many(), { ...large, seed: 5 }, inFolder('straight'), quietly)).rejects.toThrow(
      'another prepared set',
    );
  });

  it('is checked against its checksums', async () => {
    const dir = inFolder('checked');
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
    await prepare(many(), large, dir, quietly);
    expect(await hashes(dir)).toEqual(await hashes(inFolder('straight')));
    const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'));
    const swapped = { ...manifest, classes: manifest.classes.toReversed() };
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(swapped));
    await expect(openPrepared(dir)).rejects.toThrow('its classes or checksums are not those');
    await writeFile(join(dir, 'samples.json'), '[]');
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
    const changed = { ...manifest, table: sha256(text) };
    const contentHash = contentHashOf(changed);
    await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...changed, contentHash }));
    await expect(openPrepared(dir)).rejects.toThrow(message);
  });

  it('tells of images that cannot be read, and leaves them out', async () => {
    await writeFile(inFolder('John Doe.png'), 'no image at all');
    const bad = record('bad', { path: inFolder('John Doe.png') });
    const absent = record('absent', { path: inFolder('Jane Roe.png') });
    const wrong = record('m3', { width: 99, height: 48 });
    const dir = inFolder('partly');
    const manifest = await prepare(archiveOf([bad, absent, wrong, record('m0')]), request, dir, quietly);
    expect(manifest.problems.map(({ image }) => image)).toEqual(['bad', 'absent', 'm3']);
    expect(manifest.counts).toMatchObject({
      'no a': 1,
      a: 0,
      'images without any finding, taken as negatives': 1,
    });
    expect(manifest.problems[2]!.problem).toContain('48x48 pixels, its annotations speak of 99x48');
    expect((await allOf(dir)).map(({ id }) => id)).toEqual(['m0']);
    expect(await readFile(join(dir, 'manifest.json'), 'utf8')).not.toMatch(/John|Jane|Doe|Roe/);
    await expect(prepare(archiveOf([bad]), request, inFolder('none'), quietly)).rejects.toThrow(
      'the only sample of',
    );
  });

  it('measures images for tasks that need their size', async () => {
    const dir = inFolder('measured');
    await grey('measured', 64, 32, () => 90);
    const request2 = { ...request, task: 'tiles', taskOptions: { size: 32 } };
    const manifest = await prepare(archiveOf([record('measured')]), request2, dir, quietly);
    expect(manifest.counts['no a']).toBe(2);
  });

  it('names bad options', async () => {
    const of = (more: Partial<PrepareRequest>) =>
      prepare(many(), { ...request, ...more }, inFolder('x'), quietly);
    await expect(of({ task: 'presense' })).rejects.toThrow("did you mean 'presence'");
    await expect(of({ image: { size: 4 } })).rejects.toThrow("'size'");
    await expect(of({ image: { size: '10,20,30' } })).rejects.toThrow("'size'");
    await expect(of({ image: { channels: 2 } as GivenOptions })).rejects.toThrow("'channels'");
  });
});
