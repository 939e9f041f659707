import { expect, test } from 'vitest';
import { frameOf, tableHtml } from './table.js';

const cells = (html: string) => [...html.matchAll(/<t[dh]\b[^>]*>(.*?)<\/t[dh]>/g)].map(([, text]) => text);

test('values stand under their column, whatever the order of a row', () => {
  const rows = [
    { method: 'rise', score: 0.5 },
    { score: 0.25, method: 'gradcam', note: 'flat' },
  ];
  expect(cells(tableHtml(rows))).toEqual([
    'method',
    'score',
    'note',
    'rise',
    '0.500',
    '',
    'gradcam',
    '0.250',
    'flat',
  ]);
});

test('texts cannot become elements or attributes', () => {
  const html = tableHtml([{ '<img src=x>': '"><script>alert(1)</script>' }], { caption: '<b>' });
  expect(html).not.toMatch(/<img|<script|<b>/);
  expect(cells(html)[1]).toBe('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('numbers are shown as what they are', () => {
  const row = { nan: Number.NaN, count: 12, negative: -0.5, small: 1.234e-7, infinite: -Infinity };
  expect(cells(tableHtml(row)).slice(5)).toEqual(['NaN', '12', '−0.500', '1.2e−7', '−Infinity']);
});

test('a frame of danfojs is shown like its rows', () => {
  const rows = [
    { method: 'rise', score: 0.5 },
    { method: 'gradcam', score: Number.NaN },
  ];
  expect(tableHtml(frameOf(rows))).toBe(tableHtml(rows));
});

test('a table without columns is refused', () => {
  expect(() => tableHtml([])).toThrow('a table needs at least one row with a column');
});

test('a column may be called like a part of a frame in a table, but not in a frame', () => {
  expect(cells(tableHtml({ columns: 256, values: 'none' }))).toEqual(['columns', 'values', '256', 'none']);
  expect(() => frameOf([{ columns: 256 }])).toThrow("a frame cannot have a column called 'columns'");
});
