import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inputError, messageOf, SightlineError } from '../../base/errors.js';

export interface UnpackLimits {
  readonly entries: number;
  /** Bytes of all entries together. */
  readonly bytes: number;
}

/** Up to 40 bytes for each byte of the archive (pictures hardly shrink), and a gibibyte in any case. */
export const limitsFor = (archiveBytes: number): UnpackLimits => ({
  entries: 1_000_000,
  bytes: Math.max(2 ** 30, 40 * archiveBytes),
});

/**
 * Where an archive's entry goes below `root`, without its first `strip` folders; `undefined` for what has no
 * name left. Throws where the name is absolute or leads out of `root`.
 */
export function placeEntry(root: string, name: string, strip: number): string | undefined {
  const parts = name.split('/');
  const evil = /^[/\\]|^[A-Za-z]:|\0|\\/.test(name) || parts.includes('..') || name.length > 1024;
  if (evil)
    throw inputError(
      `the archive has the entry ${JSON.stringify(name.slice(0, 80))}, which leads out of its folder`,
    );
  const kept = parts.filter((part) => part !== '' && part !== '.').slice(strip);
  if (kept.length === 0) return undefined;
  const path = resolve(root, ...kept);
  if (!path.startsWith(resolve(root) + sep))
    throw inputError('the archive has an entry that leads out of its folder');
  return path;
}

/** Writes an entry under a temporary name, then renames it. */
export async function writeEntry(path: string, content: Readable | AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(content, createWriteStream(temporary));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What a library throws at a damaged archive, said by `say`; our own errors and those of the disk stay. */
export function inOurWords(error: unknown, say: (text: string) => Error): unknown {
  const known = error instanceof SightlineError || (error instanceof Error && 'syscall' in error);
  return known ? error : say(messageOf(error));
}
