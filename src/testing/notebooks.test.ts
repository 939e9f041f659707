import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  buildLibrary,
  jupyterIsThere,
  makeQuickstart,
  notebookOf,
  readNotebook,
  runNotebook,
  textOf,
} from './notebook.js';

const folder = 'notebooks';
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ipynb')) : [];

describe.each(names)('%s', (name) => {
  const path = join(folder, name);
  const { cells, metadata } = readNotebook(path);
  const code = cells.filter((cell) => cell.cell_type === 'code');

  test('is a TypeScript notebook for the kernel of this project', () => {
    expect(metadata.kernelspec).toMatchObject({ name: 'tslab', language: 'typescript' });
  });

  test('is committed without outputs', () => {
    expect(code.filter((cell) => cell.outputs?.length || cell.execution_count)).toEqual([]);
  });

  test('has at most 20 code cells of at most 12 lines', () => {
    expect(code.length).toBeLessThanOrEqual(20);
    const long = code.map(({ source }) => textOf(source)).filter((text) => text.split('\n').length > 12);
    expect(long).toEqual([]);
  });
});

describe.skipIf(!jupyterIsThere)('through the real kernel', () => {
  beforeAll(() => {
    buildLibrary();
    makeQuickstart();
  }, 900_000);

  test.each(names)('%s runs from top to bottom', { timeout: 900_000 }, async (name) => {
    const { ok, said } = await runNotebook(join(folder, name));
    expect(ok, said).toBe(true);
  });

  test('the example of the README runs', { timeout: 900_000 }, async () => {
    const [, example] = /```ts\n([^`]*)```/.exec(readFileSync('README.md', 'utf8'))!;
    const path = join(mkdtempSync(join(tmpdir(), 'readme-')), 'readme.ipynb');
    writeFileSync(path, notebookOf(example!));
    const { ok, said } = await runNotebook(path);
    rmSync(dirname(path), { recursive: true });
    expect(ok, said).toBe(true);
  });
});

if (!jupyterIsThere) console.warn('Jupyter is missing here: the notebooks are not run');
