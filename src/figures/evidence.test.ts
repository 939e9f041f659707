import { XMLParser } from 'fast-xml-parser';
import { expect, it } from 'vitest';
import { evidenceSvg } from './evidence.js';

const table = {
  rows: ['gradient & <more>', 'cam'],
  columns: ['X-ray', 'MRI'],
  cells: [
    { row: 'gradient & <more>', column: 'X-ray', count: 8, compared: 2 },
    { row: 'cam', column: 'MRI', count: 2, compared: 0 },
  ],
};

const drawn = (title?: string) =>
  new XMLParser({ ignoreAttributes: false }).parse(evidenceSvg(table, { title }), true).svg;

it('names rows and columns, and prints each count with its part', () => {
  const words = drawn('Evidence').text.map((one: { '#text': unknown }) => String(one['#text']));
  expect(words).toEqual(
    expect.arrayContaining(['Evidence', 'gradient & <more>', 'cam', 'X-ray', 'MRI', '8 (2)', '2']),
  );
});

it('fills cells by their count, and draws a bar as long as the part', () => {
  const rects: Record<string, string>[] = drawn().rect;
  const cells = rects.filter((one) => one['@_height'] === '21').map((one) => Number(one['@_fill-opacity']));
  expect(cells).toEqual([0.5, 0.29]);
  const [whole] = rects.filter((one) => one['@_height'] === '21');
  const bars = rects.filter((one) => one['@_height'] === '4' && one['@_x'] === whole!['@_x']);
  expect(bars.map((one) => Number(one['@_width']))).toEqual([
    expect.closeTo(Number(whole!['@_width']) / 4, 1),
  ]);
});
