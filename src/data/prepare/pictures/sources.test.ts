import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSources } from './sources.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-sources-'));
});
afterAll(() => rm(dir, { recursive: true }));

it('refuses prints that are a folder, a pipe or other text', async () => {
  const path = join(dir, 'sources.jsonl');
  expect(await readSources(dir)).toBeUndefined();
  await mkdir(path);
  await expect(readSources(dir)).rejects.toThrow(/sources\.jsonl can't be read: it is a folder/);
  await rm(path, { recursive: true });
  execFileSync('mkfifo', [path]);
  await expect(readSources(dir)).rejects.toThrow(/it is a pipe/);
  await rm(path);
  await writeFile(path, '{"id": 3}\n');
  await expect(readSources(dir)).rejects.toThrow(/id: got 3/);
});
