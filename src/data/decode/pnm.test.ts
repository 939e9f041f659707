import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../../testing/tree.js';
import { decodeFile } from './file.js';

const pgm = (header: string, ...values: number[]) =>
  Buffer.concat([Buffer.from(header), Buffer.from(values)]);
const read = async (bytes: Uint8Array) =>
  decodeFile(join(await temporaryTree({ 'a.pgm': bytes }), 'a.pgm'), { raw: true });

describe('portable graymaps', () => {
  it('are read at 8 and 16 bits, with comments in the header', async () => {
    const { pixels, channels } = await read(pgm('P5\n# made by hand\n3 2\n255\n', 0, 1, 2, 253, 254, 255));
    expect([pixels.shape, [...pixels.data], channels]).toEqual([[2, 3], [0, 1, 2, 253, 254, 255], 1]);
    const deep = await read(pgm('P5 2 1 65535\n', 1, 2, 255, 255));
    expect([...deep.pixels.data]).toEqual([258, 65535]);
    const shallow = await read(pgm('P5 3 1 15\n', 0, 5, 15));
    expect([...shallow.pixels.data]).toEqual([0, 5, 15]);
    const shown = join(await temporaryTree({ 'b.pgm': pgm('P5 3 1 15\n', 0, 5, 15) }), 'b.pgm');
    expect([...(await decodeFile(shown)).pixels.data].map((v) => Math.round(v * 255))).toEqual([0, 85, 255]);
  });

  it.each([
    ['P1 3 2\n# black is 1\n1 0 1\n001', [2, 3], [0, 1, 0, 1, 1, 0]],
    ['P2 3 1 15 # shades\n0 5\n15', [1, 3], [0, 5, 15]],
    ['P2 2 1 1000\n7 1000', [1, 2], [7, 1000]],
    ['P3 1 2 255\n1 2 3\n4 5 6', [2, 1, 3], [1, 2, 3, 4, 5, 6]],
    ['P4 3 2\n\xa0\x40', [2, 3], [0, 1, 0, 1, 0, 1]],
    ['P6 1 1 255\n\x01\x02\x03', [1, 1, 3], [1, 2, 3]],
  ])('are read with bitmaps and pixmaps, in text and binary: %.9j', async (file, shape, values) => {
    const { pixels } = await read(Buffer.from(file, 'latin1'));
    expect([pixels.shape, [...pixels.data]]).toEqual([shape, values]);
  });

  it('show the white of a bitmap as white', async () => {
    const path = join(await temporaryTree({ 'a.pbm': 'P1 2 1\n1 0' }), 'a.pbm');
    expect([...(await decodeFile(path)).pixels.data]).toEqual([0, 1]);
  });

  it.each([
    ['P2 3 1 255\n1 2 ', 'its graymap is cut off'],
    ['P4 90 9\n', 'its graymap is cut off'],
    ['P5 9 9 255\n', 'its graymap is cut off'],
    ['P5 0 9 255\n', 'its graymap is empty'],
    ['P5 2 1 1\n', "its graymap's largest value is 1, and a pixel has 2"],
    ['P2 2 1 9\n3 12 ', "its graymap's largest value is 9, and a pixel has 12"],
    ['P5 1 1 256\n', "its graymap's largest value is 256, and a pixel has 258"],
    ['P5 9 9 70000\n', "its graymap's largest value is 70000"],
    ['P5 900000 900000 255\n', 'over the limit'],
    ['P5 1 b c\n', 'its graymap has no readable header'],
    [`P5 ${'# '.repeat(5000)}\n1 1 1\n`, 'its graymap has no readable header'],
  ])('are refused with the header %.20j', async (header, message) => {
    await expect(read(pgm(header, 1, 2))).rejects.toThrow(message);
  });
});
