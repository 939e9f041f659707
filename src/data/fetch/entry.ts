import { createWriteStream } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inputError } from '../../base/errors.js';
import { replaceFile } from '../../base/files.js';
import type { UnpackLimits } from '../../base/zip.js';

/** Up to 40 times the archive's size, since images compress little, and at least one gibibyte. */
export const limitsFor = (archiveBytes: number): UnpackLimits => ({
  entries: 1_000_000,
  bytes: Math.max(2 ** 30, 40 * archiveBytes),
});

/**
 * Target path of an archive entry below `root`, without its first `strip` folders; `undefined` where no name
 * is left. Throws for an absolute name or one that leads out of `root`.
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

/** Writes an entry to a temporary name, then renames it. Throws as `writeWhole` does. */
export const writeEntry = (path: string, content: Readable | AsyncIterable<Uint8Array>): Promise<void> =>
  replaceFile(path, (temporary) => pipeline(content, createWriteStream(temporary)));
