import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import { seededRandom } from '../base/random.js';
import { quietly } from '../base/run.js';
import { audit } from '../data/audit/index.js';
import type { Archive, ImageRecord } from '../data/record.js';

let root: string;
export const inFolder = (name: string) => join(root, name);
export const file = (id: string) => inFolder(`${id}.png`);

/** Before the tests of a file: eight pictures n0 to n7, and n0 in other sizes (small) and files (same). */
export function paintPictures(): void {
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'audit-'));
    for (let i = 0; i < 8; i++) await photo(`n${i}`, i);
    await sharp(file('n0')).resize(137, 137, { fit: 'fill' }).png().toFile(file('small'));
    await sharp(file('n0')).png({ compressionLevel: 1 }).toFile(file('same'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
}

/** A synthetic image of smooth shapes and noise; each seed gives another. */
async function photo(id: string, seed: number, side = 200): Promise<void> {
  const random = seededRandom(seed);
  const blobs = Array.from(
    { length: 90 },
    () => [random.uniform(), random.uniform(), 40 + 1500 * random.uniform() ** 2] as const,
  );
  const values = Buffer.alloc(side * side);
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
    let value = 60;
    for (const [u, v, k] of blobs) value += 70 * Math.exp(-k * ((x - u) ** 2 + (y - v) ** 2));
    values[i] = Math.min(175, value + 3 * random.normal());
  }
  await sharp(values, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toFile(file(id));
}

export function record(id: string, more: Partial<ImageRecord> = {}): ImageRecord {
  return { id, patient: `p-${id}`, path: file(id), boxes: [], regions: [], ...more };
}

export const originals = () => Array.from({ length: 8 }, (_, i) => record(`n${i}`, { split: 'train' }));

export function archiveOf(records: readonly ImageRecord[], more: Partial<Archive> = {}): Archive {
  return { name: 'made', findings: ['a'], records, problems: [], ...more };
}

export const decode = () => Promise.reject(new Error('not to be decoded'));

/** What one check finds. */
export const look = (archives: readonly Archive[], only: string, options = {}) =>
  audit(
    archives.map((archive) => ({ archive })),
    { decode, only: [only], options: { [only]: options } },
    quietly,
  );
