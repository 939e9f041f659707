import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { exists } from '../../base/files.js';
import { quietly } from '../../base/run.js';
import {
  archiveOf,
  decode,
  file,
  inFolder,
  originals,
  paintPictures,
  record,
} from '../../testing/audited-pictures.js';
import { prepare } from '../prepare/index.js';
import { audit, auditPrepared, auditTable } from './index.js';

const copies = ['bright', 'turned', 'part', 'same'] as const;
const box = { label: 'a', x: 20, y: 20, width: 40, height: 40 };

paintPictures();
beforeAll(async () => {
  const original = sharp(file('n0'));
  await original.clone().linear(0.7, 40).png().toFile(file('bright'));
  await original.clone().rotate(90).png().toFile(file('turned'));
  await original.clone().extract({ left: 30, top: 20, width: 140, height: 140 }).png().toFile(file('part'));
});

/** Prepares the eight pictures and copies of the first, and returns the folder. */
async function prepared(name: string, size: number, more = {}): Promise<string> {
  const records = [...originals(), ...copies.map((id) => record(id, { split: 'test' }))];
  const boxed = records.map((of, i) => (i % 2 === 0 ? { ...of, boxes: [box] } : of));
  const dir = inFolder(name);
  const request = { task: 'presence', image: { size }, split: { by: 'official' }, decode, ...more } as const;
  await prepare(archiveOf(boxed), request, dir, quietly);
  return dir;
}

async function audited(dir: string) {
  const { decode: read, ...input } = await auditPrepared(dir);
  const only = ['exact-duplicates', 'near-duplicates', 'cropped-duplicates'];
  const report = await audit([input], { decode: read, only }, quietly);
  const pairs = report.findings.map(({ images }) => images.map(({ id }) => id.split('@')[0]).join(' '));
  return { report, found: [...new Set(pairs)].filter((pair) => pair.startsWith('n0 ')).sort(), pairs };
}

const tiles = { task: 'tiles', taskOptions: { size: 64, overlap: 0, tissue: 0 } };
const sources = (dir: string) => join(dir, 'sources.jsonl');

describe('the pictures of a prepared set', () => {
  it.each([
    ['at their own size', 'own', 200, {}, false],
    ['much smaller', 'small', 24, {}, true],
    ['stretched', 'stretched', 40, { image: { size: '200,30', fit: 'stretch' } }, true],
    ['in tiles', 'tiles', 64, tiles, true],
  ])('are compared as in their files when prepared %s', async (_, name, size, more, hasPrints) => {
    const dir = await prepared(name, size, more);
    expect(await exists(sources(dir))).toBe(hasPrints);
    const { found, report } = await audited(dir);
    expect(found).toEqual(copies.map((id) => `n0 ${id}`).sort());
    expect(report.datasets[0]).not.toHaveProperty('doubt');
  });

  it('keep their labels, but for those of tiles', async () => {
    const told = async (dir: string) =>
      (await audited(dir)).report.findings.map(({ message }) => message).join();
    expect(await told(await prepared('small', 24))).toContain('but labelled a and no a');
    expect(await told(await prepared('tiles', 64, tiles))).not.toContain('labelled');
  });

  it('without prints are compared as prepared, tiles not at all, and this is said', async () => {
    const small = await prepared('small', 24);
    await rm(sources(small));
    const older = await audited(small);
    expect(older.found).toContain('n0 same');
    expect(auditTable(older.report)).toContain(
      'made-presence: 12 images; pictures are compared at 24x24 pixels, as an older version prepared it: run its data prepare again',
    );
    const cut = await prepared('tiles', 64, tiles);
    await rm(sources(cut));
    const { pairs, report } = await audited(cut);
    expect(pairs).toEqual([]);
    expect(auditTable(report)).toContain('the pictures of its tiles are not compared, as an older version');
  });

  it.each([
    ['presence', {}, '12 images', undefined],
    ['tiles', tiles.taskOptions, '185 tiles of 12 images', { unit: 'tile', of: 12 }],
    ['crops', {}, '6 crops of 6 images', { unit: 'crop', of: 6 }],
  ])('are counted beside what task %s makes of them', async (task, taskOptions, text, parts) => {
    const dir = await prepared(`counted-${task}`, 64, { task, taskOptions });
    const { decode: own, ...input } = await auditPrepared(dir);
    const report = await audit([input], { decode: own, only: ['patient-across-splits'] }, quietly);
    expect(report.datasets[0]!.parts).toEqual(parts);
    expect(auditTable(report).split('\n')[0]).toBe(`made-${task}: ${text}`);
  });

  it('get their prints when an older set is prepared again', async () => {
    const dir = await prepared('small', 24);
    await rm(sources(dir), { force: true });
    await prepared('small', 24);
    expect(await exists(sources(dir))).toBe(true);
  });
});
