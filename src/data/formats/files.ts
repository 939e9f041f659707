import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import { parseJson, type Schema } from '../../base/json.js';

const mebibyte = 2 ** 20;

/** What an annotation file may weigh, in bytes, by its kind. */
export const limits = { xml: mebibyte, labels: 16 * mebibyte, table: 384 * mebibyte, json: 448 * mebibyte };

const maxFiles = 2_000_000;
const maxDepth = 16;

/**
 * A text file's content; throws one line that says what the file is for where it is missing or above `limit`
 * bytes.
 */
export async function readText(path: string, what: string, limit: number): Promise<string> {
  let size: number;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw inputError(`${path}: is no file; expected ${what}`);
    size = found.size;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw inputError(`${path}: not found; expected ${what}`, error);
  }
  if (size > limit) throw inputError(`${path}: ${size} bytes, more than the ${limit} that ${what} may have`);
  return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
}

/** What a JSON file holds; throws one line that names the file, the field, and what the file is for. */
export const readJson = async <T>(path: string, schema: Schema<T>, what: string): Promise<T> =>
  parseJson(await readText(path, what, limits.json), schema, path, `expected ${what}`);

/**
 * The first of several paths below `root` that exists, for files that are published under more than one name.
 */
export async function firstOf(root: string, paths: readonly string[], what: string): Promise<string> {
  const found = await findFirst(root, paths);
  if (found === undefined) throw inputError(`${root}: ${paths.join(' or ')} not found; expected ${what}`);
  return found;
}

export async function findFirst(root: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await exists(join(root, path))) return join(root, path);
  }
  return undefined;
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Paths of all files below `root` with one of the extensions (lower case, with the dot), relative, `/`
 * between, sorted.
 */
export async function listFiles(root: string, extensions: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const links = new Set<string>();
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > maxDepth) throw inputError(`${root}: folders are nested deeper than ${maxDepth}`);
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() || (entry.isSymbolicLink() && (await isNewFolder(join(root, path), links)))) {
        await visit(path, depth + 1);
      } else if (!entry.isDirectory() && extensions.includes(extname(entry.name).toLowerCase()))
        found.push(path);
      if (found.length > maxFiles) throw inputError(`${root}: holds more than ${maxFiles} files`);
    }
  };
  try {
    await visit('', 0);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw inputError(`${root}: no such folder`, error);
  }
  return found.sort();
}

/** Whether a link leads to a folder that no link led to before. */
async function isNewFolder(path: string, seen: Set<string>): Promise<boolean> {
  if (!(await exists(path)) || !(await stat(path)).isDirectory()) return false;
  const target = await realpath(path);
  if (seen.has(target)) return false;
  seen.add(target);
  return true;
}

export const imageExtensions = [
  '.png',
  '.jpg',
  '.jpeg',
  '.tif',
  '.tiff',
  '.bmp',
  '.pgm',
  '.dcm',
  '.dicom',
  '.dic',
];

/**
 * The images below a folder, found by the names that annotations give them. Nothing outside it can be named.
 */
export interface ImageFolder {
  readonly root: string;
  /** Relative paths, sorted. */
  readonly paths: readonly string[];
  /** The absolute path of the image that `name` means, or why there is none. */
  find(name: string): { readonly path: string; readonly relative: string } | { readonly problem: string };
  absolute(relative: string): string;
}

export async function imageFolder(root: string, paths?: readonly string[]): Promise<ImageFolder> {
  const listed = paths ?? (await listFiles(root, imageExtensions));
  const exact = new Set(listed);
  const byName = groupBy(listed, (path) => basename(path));
  const byStem = groupBy(listed, stem);
  const byPath = groupBy(listed, bare);
  return {
    root,
    paths: listed,
    absolute: (relative) => resolve(root, relative),
    find(name) {
      const clean = name.replaceAll('\\', '/').trim();
      if (exact.has(clean)) return { path: resolve(root, clean), relative: clean };
      const candidates =
        byPath.get(clean) ??
        byPath.get(bare(clean)) ??
        byName.get(basename(clean)) ??
        byStem.get(basename(clean)) ??
        byStem.get(stem(clean));
      const [only, other] = candidates ?? [];
      if (only === undefined) return { problem: 'image file is missing' };
      if (other !== undefined) return { problem: `${candidates?.length} image files have this name` };
      return { path: resolve(root, only), relative: only };
    },
  };
}

/** A path without its extension. */
export const bare = (path: string): string => path.slice(0, path.length - extname(path).length);

/** A path's last part without its extension. */
export const stem = (path: string): string => basename(path, extname(path));

export function groupBy<T, K>(items: Iterable<T>, key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
