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
  await writeFile(path, `{"id": "${'a'.repeat(300_000)}`);
  await expect(readSources(dir)).rejects.toThrow(/sources\.jsonl: a line is longer than 262144 bytes/);
  const part = { x: 0, y: 0, width: 1, height: 1 };
  const print = { id: 'a', width: 9, height: 9, pixels: '', small: 'AAAA', part, hasContent: true };
  await writeFile(path, `${JSON.stringify(print)}\n`);
  await expect(readSources(dir)).rejects.toThrow(/small: got "AAAA"; it takes a small picture/);
  await writeFile(path, '{"id": 3}\n');
  await expect(readSources(dir)).rejects.toThrow(/id: got 3/);
});
