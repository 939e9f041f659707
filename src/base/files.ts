import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import {
  access,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { environmentError, inputError, isOfSystem, reasonOf, SightlineError, usageError } from './errors.js';
import { startOf } from './processes.js';

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
  checkPath(path);
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
  checkPath(path);
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
    checkLength(path, size, limit);
    return await file.readFile();
  } catch (error) {
    throw error instanceof SightlineError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** Synchronous `readBytes`. */
export function readBytesSync(path: string, limit = maximumFileBytes): Buffer {
  const { file, size } = openRegularSync(path);
  try {
    checkLength(path, size, limit);
    return readFileSync(file);
  } finally {
    closeSync(file);
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

/**
 * The lines of a UTF-8 file, one at a time. Throws as `openRegular` does, and for a line of more than `limit`
 * bytes, which would fill the memory.
 */
export async function* linesOf(path: string, limit: number): AsyncGenerator<string> {
  const { file } = await openRegular(path);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of file.createReadStream()) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      checkLine(path, end, limit);
      yield rest.subarray(0, end).toString('utf8');
      rest = rest.subarray(end + 1);
    }
    checkLine(path, rest.length, limit);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function checkLine(path: string, length: number, limit: number): void {
  if (length > limit) throw inputError(`${path}: a line is longer than ${limit} bytes`);
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

/** Throws where plain JavaScript gives no path: bytes would be opened as the name of a file. */
function checkPath(path: unknown): void {
  if (typeof path === 'string') return;
  const given = ArrayBuffer.isView(path) ? `an array of ${path.byteLength} bytes` : typeof path;
  throw usageError(`a file is given by its path; got ${given}`);
}

function checkRegular(path: string, found: Stats): void {
  if (!found.isFile()) throw inputError(`${path} can't be read: it is ${kindOf(found)}`);
}

function checkLength(path: string, size: number, limit: number): void {
  if (size > limit) throw inputError(`${path} has ${size} bytes; at most ${limit} are read`);
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

/**
 * Writes a file atomically: to a temporary name, then renamed. Creates the folder. A link is followed. Throws
 * an environment error when it fails, and where something other than a regular file is in the way.
 */
export const writeWhole = (path: string, content: string | Uint8Array): Promise<void> =>
  replaceFile(path, (temporary) => writeFile(temporary, content));

/** Has `write` write a file under a temporary name, and renames it to `path`, as `writeWhole` does. */
export async function replaceFile<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const target = await targetOf(path);
  await makeFolder(dirname(target));
  const temporary = `${target}.${process.pid}.part`;
  try {
    const made = await write(temporary);
    await rename(temporary, target);
    return made;
  } catch (error) {
    await rm(temporary, { force: true });
    throw isOfSystem(error) ? environmentError(`${path} can't be written: ${reasonOf(error)}`) : error;
  }
}

/** Temporary names of files that are not finished; the number is that of the process that writes one. */
export const unfinished = /\.(\d+)\.part$/;

/** Removes what processes that were killed left of a file that is about to be written. */
async function removeUnfinished(path: string): Promise<void> {
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    const pid = unfinished.exec(name)?.[1];
    if (pid === undefined || name !== `${basename(path)}.${pid}.part`) continue;
    if (startOf(Number(pid)) === undefined) await rm(join(dirname(path), name), { force: true });
  }
}

/** The file that writing to `path` replaces: links are followed. Throws where it is not a regular file. */
async function targetOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return path;
  if (!found.isFile()) throw environmentError(`${path} can't be written: it is ${kindOf(found)}`);
  return realpath(path);
}

/**
 * Throws before any work where a result cannot be written to `path`: its folder is not writable, something
 * other than a regular file is there, or it is one of the files in `read`.
 */
export async function checkOutput(path: string, read: readonly string[] = []): Promise<void> {
  const target = await targetOf(path);
  const inode = async (file: string) =>
    stat(file).then(
      ({ dev, ino }) => `${dev}:${ino}`,
      () => undefined,
    );
  const own = await inode(target);
  for (const file of read) {
    if (own !== undefined && (await inode(file)) === own)
      throw usageError(`${path} is read by this command and can't be its output: choose another file`);
  }
  await checkWritable(dirname(target));
  await removeUnfinished(target);
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
