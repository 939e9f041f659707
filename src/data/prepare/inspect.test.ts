import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { readArchive } from '../datasets/catalogue.js';
import { decodeFile } from '../decode/index.js';
import type { Archive } from '../record.js';
import { benchPrepare, inspectionTable, inspectPrepared, openPrepared, prepare } from './index.js';
import { headerOf } from './pictures/header.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'inspect-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('an inspection', () => {
  it('counts samples, classes, patients and masks by split, and sums up boxes', async () => {
    const path = join(root, 'grey.png');
    await sharp({ create: { width: 100, height: 50, channels: 3, background: '#777' } })
      .png()
      .toFile(path);
    const records = Array.from({ length: 40 }, (_, i) => ({
      id: `i${i}`,
      patient: `p${i >> 1}`,
      path,
      regions: [],
      boxes: i % 4 === 0 ? [{ label: 'a', x: 0, y: 0, width: 10 + i, height: 10 }] : [],
    }));
    const archive: Archive = {
      name: 'made',
      findings: ['a'],
      records,
      problems: [{ image: 'x', problem: 'lost' }],
    };
    const dir = join(root, 'set');
    await prepare(archive, { task: 'presence', decode: decodeFile, image: { size: 16 } }, dir, quietly);
    const found = await inspectPrepared(dir);
    expect(found.total).toEqual({
      samples: 40,
      images: 40,
      patients: 20,
      classes: { 'no a': 30, a: 10 },
      withMask: 10,
    });
    const sum = Object.values(found.splits).reduce((n, { samples }) => n + samples, 0);
    expect(sum).toBe(40);
    expect(found.patientsAcrossSplits).toBe(0);
    expect(found.boxes.a!.width).toEqual({
      count: 10,
      min: 10,
      quartile1: 19,
      median: 28,
      quartile3: 37,
      max: 46,
    });
    expect(found.boxes.a!.areaShare.max).toBeCloseTo(0.092, 9);
    const text = inspectionTable(found);
    expect(text).toContain('30 (75.0 %)');
    expect(text).toContain('10 / 28 / 46');
    expect(text).toContain('x: lost');
  });
});

describe('a header', () => {
  it.each(['png', 'jpeg', 'progressive'])('of %s says what the decoder says', async (kind) => {
    const picture = sharp({ create: { width: 37, height: 91, channels: 3, background: '#123' } });
    if (kind === 'png') picture.png();
    else picture.jpeg({ progressive: kind !== 'jpeg' });
    const bytes = await picture.toBuffer();
    expect(headerOf(bytes)).toEqual({
      width: 37,
      height: 91,
      depth: 'uchar',
      hasAlpha: false,
      hasInks: false,
    });
    for (let cut = 0; cut < Math.min(bytes.length, 200); cut++) {
      const read = headerOf(bytes.subarray(0, cut));
      expect(read === undefined || (read.width === 37 && read.height === 91)).toBe(true);
    }
    // An EXIF block may turn the picture.
    expect(headerOf(await picture.withMetadata({ orientation: 6 }).toBuffer())).toBe(undefined);
  });

  it('of anything else is left to the decoder', () => {
    expect(headerOf(Buffer.from('GIF89a and so on and so on and so on'))).toBe(undefined);
    expect(headerOf(Buffer.alloc(100, 0xff))).toBe(undefined);
  });
});

describe('the benchmark', () => {
  it('times both ways and leaves nothing behind', async () => {
    const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('sightline-bench-'));
    const before = await left();
    const options = { images: 8, files: 2, side: 64, size: 16, format: 'png', rounds: 1 } as const;
    const { ratio, prepared, sharpAlone } = await benchPrepare(options, quietly);
    expect(ratio).toBeCloseTo(prepared / sharpAlone, 9);
    expect(await left()).toEqual(before);
  });
});

describe.skipIf(!sharedIsThere)('real sets', { timeout: 120_000 }, () => {
  /** A set whose images have a side below 128 also holds prints of its sources, which nothing here reads. */
  const made = async (name: string, folder: string, task: string, taskOptions = {}, size = 192) => {
    const archive = await readArchive(name, sharedPath('data', folder), {}, quietly);
    const dir = join(root, `${name}-${task}`);
    await prepare(archive, { task, taskOptions, decode: decodeFile, image: { size } }, dir, quietly);
    return { dir, ...(await inspectPrepared(dir)) };
  };

  it('of blood cells: platelets in 201 of 364 images', async () => {
    const { total, boxes, problems } = await made('bccd', 'bccd', 'presence', { finding: 'Platelets' });
    expect(total.classes).toEqual({ 'no Platelets': 163, Platelets: 201 });
    expect(boxes.Platelets!.areaShare.median).toBeGreaterThan(0.004);
    expect(boxes.Platelets!.areaShare.median).toBeLessThan(0.008);
    expect(problems.filter(({ kind }) => kind === 'degenerate')).toHaveLength(2);
  });

  it('of retinas: exudates in 164 of the 391 that somebody annotated', async () => {
    const { total, counts } = await made('codras', 'codras_idrid', 'presence', { finding: 'hard_exudates' });
    expect(total.classes).toEqual({ 'no hard_exudates': 227, hard_exudates: 164 });
    expect(counts['images left out: nobody said what they show']).toBe(2);
  });

  it('of retinas with masks: a mask for every lesion', async () => {
    const finding = { finding: 'soft exudates' };
    const { total, dir } = await made('idrid', 'idrid_segmentation', 'presence', finding, 32);
    const masks = await readdir(sharedPath('data', 'idrid_segmentation', 'masks', 'SE'));
    expect(total.samples).toBe(54);
    expect(total.withMask).toBe(total.classes['soft exudates']);
    expect(total.withMask).toBe(masks.length);
    const task = await openPrepared(dir);
    for (const { mask, labels } of [...task.train, ...task.test]) {
      expect(mask?.data.includes(1) ?? false).toBe(labels[0] === 1);
    }
  });

  it('of chests: both lungs in each of 113 images of 63 patients, cut by no split', async () => {
    const { total, patientsAcrossSplits, boxes } = await made('cxr-lungs', 'cxr_lungboxes', 'multi-label');
    expect(total.samples).toBe(113);
    expect(total.patients).toBe(63);
    expect(patientsAcrossSplits).toBe(0);
    const table = JSON.parse(await readFile(sharedPath('data', 'cxr_lungboxes', 'annotations.json'), 'utf8'));
    const all = Object.values(boxes).reduce((n, { width }) => n + width.count, 0);
    expect(all).toBe(table.annotations.length);
  });
});
