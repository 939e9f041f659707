import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { temporaryTree } from '../../testing/tree.js';
import type { Archive, Region } from '../record.js';
import { withMarks } from './marks.js';

const archiveOf = (regions: readonly Region[]): Archive => ({
  name: 'made',
  findings: ['a', 'b'],
  problems: [],
  records: [{ id: 'i', patient: 'i', path: 'i.png', width: 10, height: 6, boxes: [], regions }],
});
const runs = (label: string, ...pairs: number[]): Region => ({
  kind: 'runs',
  label,
  runs: pairs,
  order: 'rows',
});
const whole = { x: 0, y: 0, width: 10, height: 6 };

describe('marked pixels', () => {
  it('are counted within a window, those of several regions once', async () => {
    // Row 1: columns 2 to 5, and again 4 to 7; row 2: columns 0 to 9.
    const { archive, marked } = await withMarks(
      archiveOf([runs('a', 12, 4), runs('a', 14, 4, 20, 10), runs('b', 0, 60)]),
      ['a'],
      2,
      quietly,
    );
    const [record] = archive.records;
    expect(marked(record!, 'a', whole)).toBe(16);
    expect(marked(record!, 'a', { x: 3, y: 1, width: 4, height: 1 })).toBe(4);
    expect(marked(record!, 'a', { x: 0, y: 3, width: 10, height: 3 })).toBe(0);
    expect(marked(record!, 'b', whole)).toBe(0);
    expect(marked.parts!(record!, 'a')).toEqual([{ x: 0, y: 1, width: 10, height: 2 }]);
    expect(marked(record!, 'a', { x: 4.5, y: 1.5, width: 5, height: 2 })).toBe(0.5 * 3.5 + 5);
  });

  it('are read from mask files; a mask of other proportions is a problem', async () => {
    const pixels = Buffer.alloc(60);
    pixels.fill(255, 30, 35);
    const mask = await sharp(pixels, { raw: { width: 10, height: 6, channels: 1 } })
      .png()
      .toBuffer();
    const small = await sharp(Buffer.alloc(12), { raw: { width: 2, height: 6, channels: 1 } })
      .png()
      .toBuffer();
    const root = await temporaryTree({ 'mask.png': mask, 'small.png': small });
    const file = (name: string): Region => ({ kind: 'file', label: 'a', path: join(root, name) });
    const read = await withMarks(archiveOf([file('mask.png')]), ['a'], 2, quietly);
    expect(read.marked(read.archive.records[0]!, 'a', whole)).toBe(5);
    const wrong = await withMarks(archiveOf([file('small.png')]), ['a'], 2, quietly);
    expect(wrong.archive.records).toEqual([]);
    expect(wrong.archive.problems).toEqual([
      { image: 'i', problem: expect.stringMatching(/the mask has 2x6 pixels, its image 10x6/) },
    ]);
  });
});
