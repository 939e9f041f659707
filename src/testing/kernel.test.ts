import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLibrary, jupyterIsThere, notebookOf, readNotebook, runNotebook, textOf } from './notebook.js';

const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...cells: string[]) {
  const path = join(folder, `${cells.length}.ipynb`);
  const copy = join(folder, `${cells.length}-executed.ipynb`);
  writeFileSync(path, notebookOf(...cells));
  const result = await runNotebook(path, copy);
  const texts = readNotebook(copy).cells.map((cell) =>
    (cell.outputs ?? []).map(({ text }) => textOf(text)).join(''),
  );
  return { ...result, texts };
}

describe.skipIf(!jupyterIsThere)('the notebook kernel', () => {
  beforeAll(buildLibrary, 120_000);
  const timeout = 120_000;

  test('imports the built library by its name and works in the project folder', { timeout }, async () => {
    const { ok, said, texts } = await run(
      "import * as sightline from 'sightline';\nimport { basename } from 'node:path';",
      "console.log(typeof sightline, require.resolve('sightline').endsWith('dist/index.js'))",
      "import { existsSync } from 'node:fs';\nexistsSync('environment/kernel.cjs')",
    );
    expect(ok, said).toBe(true);
    expect(texts).toEqual(['', 'object true\n', 'true\n']);
  });

  test('keeps everything that a cell prints without yielding', { timeout }, async () => {
    const { ok, texts } = await run('for (let i = 0; i < 3000; i++) console.log(i);', "'after'");
    expect(ok).toBe(true);
    expect(texts[0]?.split('\n').length).toBe(3001);
    expect(texts[1]).toBe('after\n');
  });

  test('a failing cell is printed with its source and what it said', { timeout }, async () => {
    const { ok, said, texts } = await run('1 + 1', 'const wrong: number = "text";', '2', '3');
    expect(ok).toBe(false);
    expect(said).toContain('code cell 2 of 4 failed');
    expect(said).toContain('const wrong: number = "text";');
    expect(said).toContain("Type 'string' is not assignable to type 'number'");
    expect(texts.slice(2)).toEqual(['', '']);
  });
});
