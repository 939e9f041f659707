import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryTree } from '../testing/tree.js';
import { hashOfFile, openRegularSync, readBytes, readHead, readTextIfThere } from './files.js';

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
