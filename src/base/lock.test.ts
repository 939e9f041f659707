import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withFile, withFolder } from './lock.js';

const folder = () => mkdtempSync(join(tmpdir(), 'sightline-lock-'));
const ended = () => spawnSync(process.execPath, ['-e', '']).pid;

it('refuses a second run in the folder, and frees it afterwards', async () => {
  const dir = folder();
  await withFolder(dir, async () => {
    await expect(withFolder(dir, async () => 1)).rejects.toThrow(
      `${dir} is being written by another run (process ${process.pid} on ${hostname()})`,
    );
  });
  expect(await withFolder(dir, async () => 2)).toBe(2);
  expect(readdirSync(dir)).toEqual([]);
});

it('refuses a second writer of a file, and frees it afterwards', async () => {
  const [dir, path] = [folder(), join(folder(), 'new', 'model.npz')];
  await withFile(path, async () => {
    await expect(withFile(path, async () => 1)).rejects.toThrow(
      `${path} is being written by another run (process ${process.pid} on ${hostname()}); name another, or remove`,
    );
    expect(await withFile(join(dir, 'other.npz'), async () => 2)).toBe(2);
  });
  await expect(withFile(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withFile(path, async () => 3)).toBe(3);
});

it('frees the folder when the work fails', async () => {
  const dir = folder();
  const work = async () => {
    throw new Error('no');
  };
  await expect(withFolder(dir, work)).rejects.toThrow('no');
  expect(readdirSync(dir)).toEqual([]);
});

it.each([
  ['of a process that has ended', { pid: ended(), host: hostname(), started: '1' }],
  ['of a later process with the same number', { pid: process.pid, host: hostname(), started: '1' }],
])('takes over the lock %s', async (_, holder) => {
  const dir = folder();
  writeFileSync(join(dir, 'lock'), JSON.stringify(holder));
  if (process.platform === 'linux' || holder.pid !== process.pid)
    expect(await withFolder(dir, async () => 3)).toBe(3);
});

it.each([
  ['of another machine', JSON.stringify({ pid: 1, host: 'elsewhere' }), / \(process 1 on elsewhere\);/],
  ['that cannot be read', '{', /another run; .*remove .*lock if that run is gone/],
])('refuses a lock %s', async (_, content, message) => {
  const dir = folder();
  writeFileSync(join(dir, 'lock'), content);
  await expect(withFolder(dir, async () => 1)).rejects.toThrow(message);
  expect(readdirSync(dir)).toEqual(['lock']);
});

it('removes unfinished files that killed runs left', async () => {
  const dir = folder();
  mkdirSync(join(dir, 'maps'));
  for (const name of ['maps/a.npy.123.part', 'b.json.7.part', 'kept.npy', 'kept.part'])
    writeFileSync(join(dir, name), 'x');
  await withFolder(dir, async () => undefined);
  expect(readdirSync(dir, { recursive: true }).sort()).toEqual(['kept.npy', 'kept.part', 'maps']);
});
