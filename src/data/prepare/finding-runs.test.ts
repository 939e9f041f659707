import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../base/files.js';
import { quietly } from '../../base/run.js';
import { allOf, pictureFolder, request } from '../../testing/pictures-to-prepare.js';
import { ofFinding } from '../finding.js';
import type { Archive, Region } from '../record.js';
import { contentHashOf } from './manifest.js';
import { openPrepared } from './open.js';
import { prepare } from './prepare.js';

const { inFolder, record, grey } = pictureFolder();

const box = (label: string, x: number, y: number, side: number) => ({
  label,
  x,
  y,
  width: side,
  height: side,
});
const polygon = (label: string, x: number, y: number, side: number): Region => ({
  ...{ kind: 'polygon', label },
  points: [
    [x, y],
    [x + side, y],
    [x, y + side],
  ],
});

/** Pictures with findings that have boxes, outlines, both, or no place. */
const archive = (): Archive => ({
  ...{ name: 'made', findings: ['a', 'b', 'c'], problems: [] },
  records: [
    record('boxes', { boxes: [box('a', 2, 3, 9), box('b', 20, 20, 11), box('b', 8, 8, 6)] }),
    record('outlines', { regions: [polygon('a', 2, 2, 12), polygon('c', 5, 20, 10)] }),
    record('both', { boxes: [box('b', 1, 1, 10), box('a', 15, 4, 7)], regions: [polygon('b', 20, 20, 10)] }),
    record('stated', { boxes: [box('b', 4, 4, 8)], findings: ['b', 'c'] }),
    record('one', { regions: [polygon('c', 4, 4, 9)] }),
    record('none', { findings: [] }),
  ],
});

const task = (dir: string) => prepare(archive(), { ...request, task: 'multi-label' }, inFolder(dir), quietly);

describe('a sample with several findings', () => {
  beforeAll(async () => {
    for (const { id } of archive().records) await grey(id, 40, 36, (x, y) => (x * 5 + y * 3) % 256);
    await task('several');
  });

  it('has the mask and boxes of each as a task of that finding alone has', async () => {
    const samples = await allOf(inFolder('several'));
    for (const [label, finding] of ['a', 'b', 'c'].entries()) {
      const alone = inFolder(finding);
      await prepare(archive(), { ...request, taskOptions: { finding } }, alone, quietly);
      for (const own of await allOf(alone)) {
        const whole = samples.find(({ id }) => id === own.id)!;
        const shown = ofFinding(whole, label);
        expect(shown.boxes, own.id).toEqual(own.boxes);
        expect(shown.mask, own.id).toEqual(own.mask);
        expect(shown.image, own.id).toEqual(whole.image);
        expect(own.labels, own.id).toEqual([Number(whole.labels.includes(label))]);
      }
    }
  });

  it('without a place has no mask, and of one class that excludes others all counts', async () => {
    const samples = await allOf(inFolder('several'));
    const stated = samples.find(({ id }) => id === 'stated')!;
    expect(stated.findings!.map(({ mask }) => mask !== undefined)).toEqual([true, false]);
    expect(ofFinding(stated, 2)).toMatchObject({ boxes: [], mask: undefined });
    const [one] = await allOf(inFolder('a'));
    expect(ofFinding(one!, 0)).toBe(one);
  });

  it('is refused of a set that does not tell its masks apart, which is made again', async () => {
    await task('older');
    const [table, manifest] = ['samples.json', 'manifest.json'].map((name) => inFolder('older', name));
    const rows = JSON.parse(await readFile(table!, 'utf8')) as { runs?: unknown }[];
    expect(rows.filter(({ runs }) => runs !== undefined)).toHaveLength(2);
    const text = JSON.stringify(rows.map(({ runs: _, ...row }) => row));
    await writeFile(table!, text);
    const told = { ...JSON.parse(await readFile(manifest!, 'utf8')), table: sha256(text) };
    const contentHash = contentHashOf(told);
    await writeFile(manifest!, JSON.stringify({ ...told, contentHash, plan: 'of an older version' }));
    const { train, validation, test } = await openPrepared(inFolder('older'));
    const outlined = [...train, ...validation, ...test].find(({ id }) => id === 'outlines')!;
    expect(() => outlined.findings).toThrow(
      `${inFolder('older')} does not tell the masks of the findings of outlines apart: prepare the set again`,
    );
    await task('older');
    const made = await allOf(inFolder('older'));
    expect(made.find(({ id }) => id === 'outlines')!.findings).toHaveLength(2);
  });
});
