import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join, resolve, sep } from 'node:path';
import { inputError, SightlineError } from '../../base/errors.js';
import { isMissing, readBytes, readHead } from '../../base/files.js';
import { maximumJson, parseJson, type Schema } from '../../base/json.js';
import { counted } from '../../base/names.js';
import { isDicom } from '../decode/dicom/file/sniff.js';
import { isArchive, kindOf } from '../decode/kind.js';
import { isPicture } from '../decode/picture.js';
import { textOf } from './text.js';

const mebibyte = 2 ** 20;

/** Maximum size of an annotation file in bytes, by kind. */
export const limits = { xml: mebibyte, labels: 16 * mebibyte, table: 384 * mebibyte, json: maximumJson };

const maxFiles = 2_000_000;
const maxDepth = 16;

/** Reads a text file. Throws where it is missing or exceeds `limit` bytes; the message names `what` it is. */
export async function readText(path: string, what: string, limit: number): Promise<string> {
  const bytes = await readBytes(path, limit).catch((error) => {
    if (!(error instanceof SightlineError)) throw error;
    const told = isMissing(error.cause) ? `${path}: not found` : error.message;
    throw inputError(`${told}; expected ${what}`, error.cause);
  });
  return textOf(bytes, path, what);
}

/** Reads and validates a JSON file. Errors name the file, the field and `what` was expected. */
export const readJson = async <T>(path: string, schema: Schema<T>, what: string): Promise<T> =>
  parseJson(await readText(path, what, limits.json), schema, path, `expected ${what}`);

/** The first existing path of several below `root`, for files published under several names. */
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
 * Relative paths, sorted and with `/`, of all files below `root`; with `extensions` (lower case, with the
 * dot) only of those.
 */
export async function listFiles(root: string, extensions?: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const known = new Set<string>();
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > maxDepth) throw inputError(`${root}: folders are nested deeper than ${maxDepth}`);
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const target = entry.isSymbolicLink() ? await linkedFolder(join(root, path)) : undefined;
      if (entry.isDirectory() || (target && isNew(target, known))) await visit(path, depth + 1);
      else if (!target && extensions?.includes(extname(entry.name).toLowerCase()) !== false) found.push(path);
      if (found.length > maxFiles) throw inputError(`${root}: holds more than ${maxFiles} files`);
    }
  };
  try {
    known.add(await realpath(root));
    await visit('', 0);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const kind = await kindOfFile(root);
    if (isArchive(kind)) throw inputError(`${root}: it is ${kind}; unpack it and give the folder`);
    if (kind !== undefined) throw inputError(`${root}: it is a file; expected a folder`);
    throw inputError(`${root}: no such folder`, error);
  }
  return found.sort();
}

/** The folder that a link leads to; `undefined` where it leads to a file or nowhere. */
const linkedFolder = async (path: string): Promise<string | undefined> =>
  (await exists(path)) && (await stat(path)).isDirectory() ? realpath(path) : undefined;

/** Whether a linked folder is none that is listed already, and holds none of these. */
function isNew(target: string, known: Set<string>): boolean {
  if ([...known].some((folder) => folder === target || folder.startsWith(join(target, sep)))) return false;
  known.add(target);
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
  '.ppm',
  '.pbm',
  '.pnm',
  '.webp',
  '.gif',
  '.dcm',
  '.dicom',
  '.dic',
];

/** Extensions of common files beside images that need no check by content. */
const otherExtensions = [
  ...[
    '.txt',
    '.xml',
    '.json',
    '.csv',
    '.tsv',
    '.yaml',
    '.yml',
    '.names',
    '.md',
    '.html',
    '.pdf',
    '.npy',
    '.npz',
  ],
  ...[
    '.zip',
    '.gz',
    '.tar',
    '.tgz',
    '.7z',
    '.rar',
    '.xlsx',
    '.xls',
    '.py',
    '.ipynb',
    '.mat',
    '.parquet',
    '.log',
  ],
];

/** The images below a folder: by extension, and files of unknown extension by content. */
async function listImages(root: string): Promise<string[]> {
  const files = await listFiles(root);
  const extension = (path: string) => extname(path).toLowerCase();
  const images: string[] = [];
  for (const path of files) {
    if (imageExtensions.includes(extension(path))) images.push(path);
    else if (!otherExtensions.includes(extension(path)) && (await isImage(join(root, path))))
      images.push(path);
  }
  if (images.length > 0) return images;
  throw inputError(
    `${root}: holds no image (DICOM, PNG, JPEG, TIFF, BMP, PNM, WebP or GIF) among ${counted(files.length, 'file')}${await whatIsThere(root, files)}`,
  );
}

/** Names an archive among files below a folder, or else the kind of the first that is known. */
export async function whatIsThere(root: string, files: readonly string[]): Promise<string> {
  const archive = files.find((path) => /(?<!\.nii)\.(zip|t?gz|tar|7z|rar)$/i.test(path));
  if (archive !== undefined) return `, but ${basename(archive)}: unpack it`;
  for (const file of files.slice(0, 8)) {
    const kind = /\.nii(\.gz)?$/i.test(file) ? 'a NIfTI volume' : await kindOfFile(join(root, file));
    const advice = / volume$/.test(kind ?? '') ? ': export its slices as pictures' : '';
    if (kind !== 'another file' && kind !== undefined) return `; ${basename(file)} is ${kind}${advice}`;
  }
  return '';
}

async function isImage(path: string): Promise<boolean> {
  const head = await readHead(path, 512);
  return isPicture(head) || isDicom(head);
}

const kindOfFile = async (path: string): Promise<string | undefined> =>
  (await exists(path)) ? (kindOf(await readHead(path, 512)) ?? 'another file') : undefined;

/** The image for a name. `otherwise` marks a match that differs in case or Unicode form. */
export interface FoundImage {
  readonly path: string;
  readonly relative: string;
  readonly otherwise?: true;
}

/** The images below a folder, looked up by annotation names. Names cannot refer to files outside it. */
export interface ImageFolder {
  readonly root: string;
  /** Relative paths, sorted. */
  readonly paths: readonly string[];
  /** The image for `name`, or the reason why there is none. */
  find(name: string): FoundImage | { readonly problem: string };
  /** The relative paths that `name` may mean. */
  named(name: string): readonly string[];
  absolute(relative: string): string;
}

/** Lists the images of a folder. Throws where there is none. */
export async function imageFolder(root: string, paths?: readonly string[]): Promise<ImageFolder> {
  const listed = paths ?? (await listImages(root));
  const asWritten = finder(listed, (name) => name);
  const folded = finder(listed, (name) => name.normalize('NFC').toLowerCase());
  const cleaned = (name: string) => name.replaceAll('\\', '/').trim();
  return {
    root,
    paths: listed,
    absolute: (relative) => resolve(root, relative),
    named: (name) => asWritten(cleaned(name)) ?? folded(cleaned(name)) ?? [],
    find(name) {
      const clean = cleaned(name);
      if (clean === '') return { problem: 'an annotation names no image' };
      const exact = asWritten(clean);
      const [only, ...others] = exact ?? folded(clean) ?? [];
      if (only === undefined) return { problem: 'image file is missing' };
      if (others.length > 0) return { problem: `${others.length + 1} image files have this name` };
      const found = { path: resolve(root, only), relative: only };
      return exact === undefined ? { ...found, otherwise: true } : found;
    },
  };
}

/** Finds paths by full path, path without extension, base name or stem, each normalised by `spell`. */
function finder(paths: readonly string[], spell: (name: string) => string) {
  const by = (part: (path: string) => string) => groupBy(paths, (path) => spell(part(path)));
  const [whole, byPath, byName, byStem] = [
    by((path) => path),
    by(bare),
    by((path) => basename(path)),
    by(stem),
  ];
  return (name: string): readonly string[] | undefined => {
    const wanted = spell(name);
    return (
      whole.get(wanted) ??
      byPath.get(wanted) ??
      byPath.get(bare(wanted)) ??
      byName.get(basename(wanted)) ??
      byStem.get(basename(wanted)) ??
      byStem.get(stem(wanted))
    );
  };
}

/** Extension of a path. A part that starts with a digit, as in a DICOM identifier, is no extension. */
const extensionOf = (path: string): string => (/^\.[a-z]/i.test(extname(path)) ? extname(path) : '');

/** Path without extension. */
export const bare = (path: string): string => path.slice(0, path.length - extensionOf(path).length);

/** Base name without extension. */
export const stem = (path: string): string => basename(path, extensionOf(path));

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
