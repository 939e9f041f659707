import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../../testing/tree.js';
import { readTable, tableLimits } from './table.js';

async function read(text: string) {
  const path = join(await temporaryTree(), 't.csv');
  await writeFile(path, text);
  return readTable(path, [], 'a table');
}

const many = tableLimits.columns + 1;

describe('a CSV table', () => {
  it('gives its rows by column, quoted cells and short rows too', async () => {
    const { columns, rows } = await read('a, b ,c\n"1, ""x""\n", 2 \n\n3,4,5, ,\n');
    expect(columns).toEqual(['a', 'b', 'c']);
    expect(rows).toEqual([
      { a: '1, "x"', b: '2', c: '' },
      { a: '3', b: '4', c: '5' },
    ]);
  });

  it('may hold long quoted cells of many commas, and lines that end in any way', async () => {
    const long = '1,'.repeat(many);
    expect((await read(`a,b\n"${long}",2\n`)).rows[0]!.a).toBe(long);
    expect((await read(`a,b${'\r1,2'.repeat(many)}`)).rows).toHaveLength(many);
  });

  it.each([
    ['a header of too many columns', 'a,'.repeat(many)],
    ['a row of too many cells', `a,b\n${'1,'.repeat(many)}`],
    ['the same behind a quote that opens nothing', `a,b\n5" tall,${'1,'.repeat(many)}`],
    ['the same after quoted cells', `a,b\n"x""y",${'"1",'.repeat(many)}`],
  ])('of %s is refused', async (_, text) => {
    await expect(read(text)).rejects.toThrow(/t\.csv: a row has more than the 4096 cells that are read$/);
  });

  it.each([
    ['image,x,y\na,30,5,10', 'row 2 has 4 cells, the header 3; a cell that holds the delimiter needs quotes'],
    ['image,label,label\na,,\nb,cyst,mass', "two columns are named 'label', and differ in row 3"],
  ])('whose cells are not certain to be of a column is refused: %j', async (text, fault) => {
    await expect(read(text)).rejects.toThrow(`t.csv: ${fault}`);
  });

  it.each([
    ['JSON', '{"image": "a.png", "boxes": [[1, 2, 3, 4]]}\n{"image": "b.png", "boxes": []}'],
    ['JSON', '[\n {"image": "a.png"}]'],
    ['JSON', '{}'],
    ['XML or HTML', '<!DOCTYPE html><html></html>'],
    ['XML or HTML', '\n<?xml version="1.0"?><annotation/>'],
  ])('is no %s: %j', async (form, text) => {
    await expect(read(text)).rejects.toThrow(`t.csv: it is ${form}, no table; expected a table (CSV)`);
  });

  it('may have columns of one name that are alike, or of none', async () => {
    expect((await read('a,a,,\n1,1,2,3')).rows).toEqual([{ a: '1', '': '3' }]);
  });

  it('of too many cells is refused', async () => {
    await expect(read(`a,b\n${','.repeat(4000).concat('\n').repeat(5000)}`)).rejects.toThrow(
      /t\.csv: it has more than the 8000000 cells that are read$/,
    );
  });

  it('of a line without end is refused in one short line', async () => {
    await expect(read('x'.repeat(50_000_000))).rejects.toThrow(
      /t\.csv: a column's name has 50000000 characters; up to 1000 are read$/,
    );
  });

  it.each([
    ['a,b\n"1,2\n', 'near row 2 (a quote is left open)'],
    ['a,b\n"1"x,2\n', 'near row 2 (a quote ends within a cell)'],
  ])('whose quotes are wrong is refused: %j', async (text, fault) => {
    await expect(read(text)).rejects.toThrow(`t.csv: malformed CSV ${fault}; expected a table`);
  });
});
