import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import { openPrepared } from '../data/prepare/open.js';
import type { Decode } from '../data/prepare/pictures/source.js';
import type { PrepareRequest } from '../data/prepare/plan.js';
import type { Archive, ImageRecord } from '../data/record.js';

const noDecode: Decode = () => Promise.reject(new Error('not to be decoded'));

/** A request for images of 32 pixels that need no decoding. */
export const request: PrepareRequest = { task: 'presence', decode: noDecode, image: { size: 32 } };

export function archiveOf(records: readonly ImageRecord[]): Archive {
  return { name: 'made', findings: ['a'], records, problems: [] };
}

/** All samples of a prepared set. */
export const allOf = async (dir: string) => {
  const task = await openPrepared(dir);
  return [...task.train, ...task.validation, ...task.test];
};

/** A folder for the pictures of one test file, there while its tests run. */
export function pictureFolder() {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'prepare-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  const inFolder = (...parts: string[]) => join(root, ...parts);
  return {
    inFolder,
    record: (id: string, more: Partial<ImageRecord> = {}): ImageRecord => ({
      ...{ id, patient: `p-${id}`, path: inFolder(`${id}.png`), boxes: [], regions: [] },
      ...more,
    }),
    /** Writes a grey picture of the given values. */
    async grey(id: string, width: number, height: number, value: (x: number, y: number) => number) {
      const data = Buffer.from(
        Array.from({ length: width * height }, (_, i) => Math.round(value(i % width, Math.floor(i / width)))),
      );
      await sharp(data, { raw: { width, height, channels: 1 } })
        .png()
        .toFile(inFolder(`${id}.png`));
    },
  };
}
