import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runLine } from '../testing/command-line.js';

let run: string;
beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'sightline-cite-'));
  const manifest = {
    config: { training: { architecture: 'densenet121' } },
    data: { dataset: 'busi' },
    methods: [{ method: 'gradcam' }, { method: 'my-own' }],
    metrics: { 'pointing-game': {} },
  };
  await writeFile(join(run, 'manifest.json'), JSON.stringify(manifest));
});
afterAll(() => rm(run, { recursive: true }));

it('prints BibTeX of all that a run used', async () => {
  const { code, out } = await runLine('cite', run);
  const labels = out.flatMap((line) => /^@\w+\{(.*),$/.exec(line)?.[1] ?? []);
  expect({ code, labels }).toEqual({
    code: 0,
    labels: [...['aldhabyani2020busi', 'huang2017densenet', 'selvaraju2017gradcam'], 'zhang2018excitation'],
  });
});

it('prints APA, one reference a line', async () => {
  const { out } = await runLine('cite', 'rise', 'gradcam', '--format', 'apa');
  expect(out.map((line) => line.split(',')[0])).toEqual(['Petsiuk', 'Selvaraju']);
});

it('prints CSL-JSON', async () => {
  const { out } = await runLine('cite', 'gradcam', '--json');
  expect(JSON.parse(out.join('\n'))).toMatchObject([
    { id: 'selvaraju2017gradcam', type: 'paper-conference', issued: { 'date-parts': [[2017]] } },
  ]);
});

it('says of what has no work that it has none', async () => {
  expect(await runLine('cite', 'phantom')).toEqual({
    code: 0,
    out: [],
    errors: ['sightline: phantom: there is no work to cite'],
  });
});

it('refuses an unknown name with the nearest, and a folder without a run', async () => {
  const { code, errors } = await runLine('cite', 'pointing-gme');
  expect({ code, errors }).toMatchObject({ code: 2, errors: [expect.stringContaining("'pointing-game'?")] });
  expect(await runLine('cite', tmpdir())).toMatchObject({ code: 2 });
});
