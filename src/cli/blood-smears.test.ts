import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runLine } from '../testing/command-line.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';

vi.setConfig({ testTimeout: 240_000 });

let dir: string;
const at = (...parts: string[]) => join(dir, ...parts);
const text = (...parts: string[]) => readFile(at(...parts), 'utf8');
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-'));
});
afterAll(() => rm(dir, { recursive: true }));

describe.skipIf(!sharedIsThere)('a benchmark of real blood smears', () => {
  it('learns to find white cells, and Grad-CAM points at them better than chance', async () => {
    const root = sharedPath('data', 'bccd');
    const told = await runLine(
      ...['benchmark', '--dataset', 'bccd', '--root', root, '--task', 'tiles'],
      ...['--size', '32', '--epochs', '2', '--explain', '12', '--methods', 'gradcam,random'],
      ...['--metrics', 'relevance-rank,pointing-game', '--out', at('bccd')],
    );
    expect(told.code).toBe(0);
    const { test, classes } = JSON.parse(await text('bccd', 'manifest.json'));
    expect(classes).toEqual(['no WBC', 'WBC']);
    expect(test.accuracy).toBeGreaterThanOrEqual(0.9);
    const rows = (await text('bccd', 'summary.csv')).split('\n').map((row) => row.split(','));
    const mean = (method: string) =>
      Number(rows.find(([name, , metric]) => name === method && metric === 'relevance-rank')![4]);
    expect(mean('gradcam')).toBeGreaterThan(mean('random'));
  });
});
