import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { quietly } from '../../../base/run.js';
import { decodeFile } from '../../decode/index.js';
import { printOf } from './print.js';
import { readSources, writeSources } from './sources.js';

const raster = (at: (x: number, y: number) => number) => ({
  values: Uint8Array.from({ length: 64 * 64 }, (_, i) => at(i % 64, i >> 6)),
  ...{ width: 64, height: 64, originalWidth: 64, originalHeight: 64 },
});

it('finds no content in black or white pictures with compression noise', () => {
  expect(printOf(raster((x, y) => (x * 7 + y * 3) % 9)).hasContent).toBe(false);
  expect(printOf(raster((x) => 250 + (x % 5))).hasContent).toBe(false);
  expect(printOf(raster((x, y) => (x + y < 8 ? 80 : 2))).hasContent).toBe(false);
  expect(printOf(raster((x) => (x < 8 ? 80 : 2))).hasContent).toBe(true);
});

it('prints of whole pictures are read as they were written', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'prints-'));
  const path = join(dir, 'a.png');
  const { values } = raster((x, y) => (x * y) % 250);
  await sharp(values, { raw: { width: 64, height: 64, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(path);
  const record = { id: 'a', patient: 'a', path, boxes: [], regions: [] };
  const lost = { ...record, id: 'b', path: join(dir, 'none.png') };
  expect(await readSources(dir)).toBeUndefined();
  await writeSources(dir, [record, lost], decodeFile, 2, quietly);
  expect(await readSources(dir)).toEqual(
    new Map([
      [
        'a',
        printOf(
          raster((x, y) => (x * y) % 250),
          true,
        ),
      ],
    ]),
  );
});
