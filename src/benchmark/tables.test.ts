import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import Papa from 'papaparse';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTable } from './tables.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-tables-'));
});
afterAll(() => rm(dir, { recursive: true }));

const rows = [
  { sample: 'a,b', method: 'says "x"', value: 0.1 + 0.2, reason: undefined },
  { sample: 'line\nbreak', method: 'plain', value: null, reason: 'flat' },
  { sample: 'ü', method: '', value: -1e-300, reason: undefined },
];

it('quotes cells as CSV requires, and reads back equal', async () => {
  await writeTable(join(dir, 't'), rows);
  const text = await readFile(join(dir, 't.csv'), 'utf8');
  expect(text.startsWith('sample,method,value,reason\n"a,b","says ""x""",0.30000000000000004,\n')).toBe(true);
  const { data } = Papa.parse<Record<string, string>>(text.trimEnd(), { header: true });
  expect(data).toEqual([
    { sample: 'a,b', method: 'says "x"', value: '0.30000000000000004', reason: '' },
    { sample: 'line\nbreak', method: 'plain', value: '', reason: 'flat' },
    { sample: 'ü', method: '', value: '-1e-300', reason: '' },
  ]);
});

it('writes the same rows to Parquet, with nulls for missing cells', async () => {
  await writeTable(join(dir, 'p'), rows);
  const bytes = await readFile(join(dir, 'p.parquet'));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const read = await parquetReadObjects({ file });
  expect(read).toEqual(rows.map(({ reason, ...row }) => ({ ...row, reason: reason ?? null })));
});

it('quotes cells that a spreadsheet would run as formulas, and leaves numbers', async () => {
  const cells = ['=1+1', '+x', '-x', '@x', '\tx', '\rx', '-1.5', '+2e-3', '-.5', 'a=1', -2];
  await writeTable(
    join(dir, 'f'),
    cells.map((cell) => ({ '=name': cell })),
  );
  const { data } = Papa.parse<string[]>((await readFile(join(dir, 'f.csv'), 'utf8')).trimEnd());
  const shown = ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "'\rx", '-1.5', '+2e-3', '-.5', 'a=1', '-2'];
  expect(data.flat()).toEqual(["'=name", ...shown]);
});
