import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { allOf, pictureFolder, request } from '../../testing/pictures-to-prepare.js';
import type { Archive, Region } from '../record.js';
import { prepare } from './prepare.js';

const { inFolder, record, grey } = pictureFolder();
const [WIDTH, HEIGHT] = [40, 40];

const isMarked = (x: number, y: number) =>
  (x >= 2 && x < 10 && y >= 3 && y < 9) || (x >= 25 && x < 35 && y >= 24 && y < 32);
const marks = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) =>
  isMarked(p % WIDTH, Math.floor(p / WIDTH)) ? 255 : 0,
);
const runs = Array.from(marks.keys())
  .filter((p) => marks[p] === 255)
  .flatMap((p) => [p, 1]);
const boxed = { label: 'a', x: 2, y: 3, width: 8, height: 6 };
const bare = { label: 'a', x: 2, y: 25, width: 6, height: 10 };

describe.each(['a mask file', 'runs along rows'])('boxes beside %s of the same finding', (form) => {
  const region = (): Region =>
    form === 'a mask file'
      ? { kind: 'file', label: 'a', path: inFolder('m.pgm') }
      : { kind: 'runs', label: 'a', runs, order: 'rows' };
  const archive = (): Archive => ({
    ...{ name: 'made', findings: ['a'], problems: [] },
    records: [
      record('mixed', { boxes: [boxed, bare], regions: [region()] }),
      record('none', { findings: [] }),
    ],
  });
  const made = async (name: string, asked: object) => {
    const dir = inFolder(join(form.replaceAll(' ', '-'), name));
    await prepare(archive(), { ...request, ...asked }, dir, quietly);
    return allOf(dir);
  };

  beforeAll(async () => {
    for (const id of ['mixed', 'none']) await grey(id, WIDTH, HEIGHT, (x, y) => (x * 5 + y * 3) % 256);
    const file = Buffer.concat([Buffer.from(`P5 ${WIDTH} ${HEIGHT} 255\n`), marks]);
    await writeFile(inFolder('m.pgm'), file);
  });

  it('belong to the evidence where no outline is of their object', async () => {
    const shown = (await made('presence', { image: { size: WIDTH } })).find(({ id }) => id === 'mixed')!;
    const inBare = (x: number, y: number) => x >= 2 && x < 8 && y >= 25 && y < 35;
    const expected = Array.from(marks.keys(), (p) => {
      const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
      return isMarked(x, y) || inBare(x, y) ? 1 : 0;
    });
    expect([...shown.mask!.data]).toEqual(expected);
  });

  it('are not needed for a tile to be positive that shows an outline', async () => {
    const samples = await made('tiles', { task: 'tiles', taskOptions: { size: 20, tissue: 0 } });
    const labels = samples
      .filter(({ id }) => id.startsWith('mixed'))
      .map(({ id, labels }) => [id, labels[0]]);
    expect(Object.fromEntries(labels)).toEqual({
      'mixed@0,0': 1,
      'mixed@20,0': 0,
      'mixed@0,20': 1,
      'mixed@20,20': 1,
    });
  });
});
