import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryTree } from '../testing/tree.js';
import {
  checkOutput,
  hashOfFile,
  linesOf,
  openRegularSync,
  readBytes,
  readHead,
  readTextIfThere,
  writeWhole,
} from './files.js';

async function socketAt(path: string) {
  const server = createServer().listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
}

describe('a file that is read', () => {
  it.each([
    ['a pipe', async (path: string) => void execFileSync('mkfifo', [path]), 'it is a pipe'],
    ['a link to a device', (path: string) => symlink('/dev/zero', path), 'it is a device'],
    ['a folder', (path: string) => mkdir(path), 'it is a folder'],
    ['a socket', socketAt, 'it is a socket'],
    ['a link to itself', (path: string) => symlink(path, path), 'its links lead in a circle'],
    ['nothing', async () => undefined, 'there is no such file or folder'],
  ])('is never %s', async (_, make, reason) => {
    const path = join(await temporaryTree(), 'x');
    await make(path);
    const refusal = { kind: 'input', message: expect.stringContaining(`${path} can't be read: ${reason}`) };
    await expect(readBytes(path)).rejects.toMatchObject(refusal);
    await expect(readHead(path, 8)).rejects.toMatchObject(refusal);
    expect(() => openRegularSync(path)).toThrow(expect.objectContaining(refusal));
    if (reason.startsWith('it is')) await expect(hashOfFile(path)).rejects.toMatchObject(refusal);
  });

  it('has no more bytes than are wanted', async () => {
    const path = join(await temporaryTree({ x: 'twelve bytes' }), 'x');
    expect((await readBytes(path, 12)).toString()).toBe('twelve bytes');
    await expect(readBytes(path, 11)).rejects.toThrow(`${path} has 12 bytes; at most 11 are read`);
  });

  it('gives its lines one by one, none longer than is wanted', async () => {
    const long = 'é'.repeat(60_000);
    const lines = ['a', '', long, 'end'];
    const root = await temporaryTree({ 'l.txt': lines.join('\n'), 'closed.txt': 'a\n', 'none.txt': '' });
    const read = async (name: string, limit: number) => {
      const found: string[] = [];
      for await (const line of linesOf(join(root, name), limit)) found.push(line);
      return found;
    };
    expect(await read('l.txt', 120_000)).toEqual(lines);
    expect(await read('closed.txt', 1)).toEqual(['a']);
    expect(await read('none.txt', 1)).toEqual([]);
    await expect(read('l.txt', 119_999)).rejects.toThrow(/l\.txt: a line is longer than 119999 bytes/);
    await expect(read('.', 9)).rejects.toThrow(/it is a folder/);
  });

  it('gives its head alone', async () => {
    const path = join(await temporaryTree({ x: 'twelve bytes' }), 'x');
    expect(Buffer.from(await readHead(path, 6)).toString()).toBe('twelve');
    expect((await readHead(path, 512)).length).toBe(12);
  });

  it('may be missing where that is asked for, and nothing else', async () => {
    const root = await temporaryTree();
    expect(await readTextIfThere(join(root, 'none'))).toBeUndefined();
    await writeFile(join(root, 'there'), 'text');
    expect(await readTextIfThere(join(root, 'there'))).toBe('text');
    await expect(readTextIfThere(root)).rejects.toThrow('it is a folder');
  });
});

describe('an output', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'sightline-files-'));

  it('replaces the file that a link names, and keeps the link', async () => {
    const dir = folder();
    const [file, link] = [join(dir, 'file'), join(dir, 'link')];
    writeFileSync(file, 'before');
    symlinkSync(file, link);
    await writeWhole(link, 'after');
    expect(readFileSync(file, 'utf8')).toBe('after');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(dir).sort()).toEqual(['file', 'link']);
  });

  it.each(['/dev/null', '/dev/full', '/dev/stdout'])('does not replace %s', async (device) => {
    await expect(checkOutput(device)).rejects.toThrow(/can't be written: it is a (device|pipe|socket)/);
    await expect(writeWhole(device, 'x')).rejects.toThrow(`${device} can't be written: it is`);
  });

  it('does not replace a folder or a pipe', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'sub'));
    spawnSync('mkfifo', [join(dir, 'pipe')]);
    await expect(checkOutput(join(dir, 'sub'))).rejects.toThrow('it is a folder');
    await expect(writeWhole(join(dir, 'pipe'), 'x')).rejects.toThrow('it is a pipe');
    expect(lstatSync(join(dir, 'pipe')).isFIFO()).toBe(true);
  });

  it('refuses an output that is one of the inputs, also through a link', async () => {
    const dir = folder();
    const input = join(dir, 'x.npy');
    writeFileSync(input, 'x');
    symlinkSync(input, join(dir, 'y.npy'));
    for (const out of [input, join(dir, '.', 'x.npy'), join(dir, 'y.npy')])
      await expect(checkOutput(out, [input])).rejects.toThrow(
        "is read by this command and can't be its output",
      );
    await checkOutput(join(dir, 'z.npy'), [input, join(dir, 'missing.onnx')]);
  });

  it('removes what a killed command left of the same output', async () => {
    const dir = folder();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (const name of [`m.npy.${pid}.part`, `m.npy.${process.pid}.part`, `other.npy.${pid}.part`])
      writeFileSync(join(dir, name), 'x');
    await checkOutput(join(dir, 'm.npy'));
    expect(readdirSync(dir).sort()).toEqual([`m.npy.${process.pid}.part`, `other.npy.${pid}.part`].sort());
  });
});
