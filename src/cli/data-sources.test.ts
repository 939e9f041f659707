import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../testing/command-line.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

describe('data list', () => {
  it('is a table of every data set, or all of one', async () => {
    const { out } = await runLine('data', 'list');
    expect(out[0]).toMatch(/^name +title +modality +access +licence$/);
    expect(out.some((line) => /^rsna-pneumonia .* registration /.test(line))).toBe(true);
    const one = await runLine('data', 'list', 'bccd');
    expect(one.out.join('\n')).toMatch(/citation .*\n[\s\S]*RBC boxes: 4155[\s\S]*BCCD\/Annotations/);
    const json = await runLine('data', 'list', 'idrid', '--json');
    expect(JSON.parse(json.out.join('\n'))[0]).toMatchObject({ name: 'idrid', access: 'registration' });
  });
});

describe('data fetch', () => {
  it('says where to register and what to place where', async () => {
    const { code, out } = await runLine('data', 'fetch', 'idrid', '--out', at('fetched'));
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/Register at https:[\s\S]*IDRiD_01\.jpg/);
  });

  it('takes no file that it cannot check, unless it is asked to', async () => {
    const { code, errors } = await runLine('data', 'fetch', 'bccd', '--out', at('fetched'));
    expect([code, errors]).toEqual([
      2,
      [expect.stringMatching(/SHA-256 of BCCD_Dataset.zip is not known here.*--unverified takes it all/)],
    ]);
  });

  it('says that phantoms are drawn and own images are there', async () => {
    const { code, errors } = await runLine('data', 'fetch', 'phantom', '--out', at('fetched'));
    expect(code).toBe(2);
    expect(errors[0]).toContain('sightline data prepare phantom');
    const own = await runLine('data', 'fetch', 'folder', '--out', at('fetched'));
    expect([own.code, own.errors]).toEqual([2, [expect.stringContaining('nothing to fetch')]]);
  });
});
