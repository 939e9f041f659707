import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { environmentError, reasonOf } from './errors.js';

/**
 * Writes a file atomically: to a temporary name, then renamed. Creates the folder. Throws an environment
 * error when it fails.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw environmentError(`${path} can't be written: ${reasonOf(error)}`);
  }
}

/** Whether a file or folder exists. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Creates a folder and its missing parents. Throws an environment error when it fails. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw environmentError(`the folder ${path} can't be made: ${reasonOf(error)}`);
  }
}

/**
 * Throws an environment error when a folder at this path cannot be created or written to. Checks by creating
 * and removing a temporary folder.
 */
export async function checkWritable(path: string): Promise<void> {
  let nearest = resolve(path);
  while (!(await isThere(nearest)) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    await rm(await mkdtemp(join(nearest, '.sightline-')), { recursive: true });
  } catch (error) {
    throw environmentError(`${path} can't be written: ${reasonOf(error)}`);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** The SHA-256 of a file in hexadecimal; `undefined` when the file does not exist. */
export async function hashOfFile(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
