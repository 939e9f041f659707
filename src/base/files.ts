import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { access, type FileHandle, mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { environmentError, inputError, reasonOf, SightlineError } from './errors.js';

/** Default maximum size of a file that is read whole, in bytes. */
export const maximumFileBytes = 2 ** 31 - 1;

/** Opening a pipe without a writer would otherwise block. */
const toRead = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** An open file and its size at that time. */
interface Opened {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * Opens a file for reading; the caller closes it. Throws an input error with the path where it cannot be read
 * and where it is no regular file: a folder, pipe, socket or device, which may never end.
 */
export async function openRegular(path: string): Promise<Opened> {
  const file = await open(path, toRead).catch((error) => {
    throw unreadable(path, error);
  });
  try {
    const found = await file.stat();
    checkRegular(path, found);
    return { file, size: found.size };
  } catch (error) {
    await file.close();
    throw error instanceof SightlineError ? error : unreadable(path, error);
  }
}

/** Synchronous `openRegular`: returns the file's descriptor and size. */
export function openRegularSync(path: string): { readonly file: number; readonly size: number } {
  let file: number;
  try {
    file = openSync(path, toRead);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const found = fstatSync(file);
    checkRegular(path, found);
    return { file, size: found.size };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Reads a regular file. Throws as `openRegular` does, and for more than `limit` bytes. */
export async function readBytes(path: string, limit = maximumFileBytes): Promise<Buffer> {
  const { file, size } = await openRegular(path);
  try {
    if (size > limit) throw inputError(`${path} has ${size} bytes; at most ${limit} are read`);
    return await file.readFile();
  } catch (error) {
    throw error instanceof SightlineError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** Reads at most `length` bytes from the start of a regular file. Throws as `openRegular` does. */
export async function readHead(path: string, length: number): Promise<Uint8Array> {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** Reads a UTF-8 file; `undefined` for a missing file. Throws as `readBytes` does. */
export async function readTextIfThere(path: string, limit?: number): Promise<string | undefined> {
  try {
    return (await readBytes(path, limit)).toString('utf8');
  } catch (error) {
    if (isMissing(error instanceof SightlineError ? error.cause : error)) return undefined;
    throw error;
  }
}

/** Whether an error is that of a missing file. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const unreadable = (path: string, cause: unknown) =>
  inputError(`${path} can't be read: ${reasonOf(cause)}`, cause);

function checkRegular(path: string, found: Stats): void {
  if (!found.isFile()) throw inputError(`${path} can't be read: it is ${kindOf(found)}`);
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

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
  const { file } = await openRegular(path);
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream()) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
