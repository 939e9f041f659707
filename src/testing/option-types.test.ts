import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from '@tslab/typescript-for-tslab';
import { beforeAll, expect, it } from 'vitest';
import { buildLibrary } from './notebook.js';

beforeAll(buildLibrary, 120_000);

/** What the kernel's own TypeScript says of a cell, which is checked as the kernel checks it. */
function complaints(text: string): string[] {
  const path = resolve('cell.ts');
  const options: ts.CompilerOptions = {
    ...{ module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2020, esModuleInterop: true },
    ...{ moduleResolution: ts.ModuleResolutionKind.NodeJs, types: ['node'] },
    ...{ skipLibCheck: true, noEmit: true },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, version) =>
    name === path ? ts.createSourceFile(path, text, version) : getSourceFile(name, version);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

it("a notebook's cell knows every option of every method and metric", { timeout: 60_000 }, () => {
  const text = readFileSync('src/testing/option-types.ts', 'utf8').replace("'../index.js'", "'sightline'");
  expect(complaints(text)).toEqual([]);
  const wrong = [`await explain(undefined, undefined, 'lrp', { epsiln: 1 });`, `graph.startGraph(1);`];
  const found = complaints(`import { explain, graph } from 'sightline';\n${wrong.join('\n')}`);
  expect(found).toHaveLength(2);
  expect(found[0]).toMatch(/'epsiln' does not exist/);
  expect(found[1]).toMatch(/'number' is not assignable to parameter of type 'string'/);
});
