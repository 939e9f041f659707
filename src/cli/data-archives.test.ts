import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../testing/command-line.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

describe.skipIf(!sharedIsThere)('data prepare of the real archives, each with its default task', () => {
  it.each([
    [
      'bccd',
      'bccd',
      'RBC           349   4155        0         2',
      /^train has \d+ samples of \d+ images: \d+ no WBC/,
    ],
    [
      'codras',
      'codras_idrid',
      'hard_exudates     164   1441        0',
      /^images left out: nobody said what they show: 2$/,
    ],
    [
      'idrid',
      'idrid_segmentation',
      'soft exudates       26      0       26',
      /^train has \d+ samples of \d+ images/,
    ],
    [
      'cxr-lungs',
      'cxr_lungboxes',
      'Left Lung      113    113        0',
      /^train has \d+ samples of \d+ images/,
    ],
  ])('%s', { timeout: 180_000 }, async (name, folder, line, other) => {
    const root = sharedPath('data', folder);
    const { code, out } = await runLine(
      'data',
      'prepare',
      name,
      '--root',
      root,
      '--out',
      at(name),
      '--size',
      '32',
    );
    expect(code).toBe(0);
    expect(out).toContain(line);
    expect(out.some((one) => other.test(one))).toBe(true);
  });
});
