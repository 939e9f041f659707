import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inputError } from '../../base/errors.js';
import type { Split } from '../record.js';
import { readCoco } from './coco.js';
import type { Annotated, Annotations } from './collect.js';
import { type ImageFolder, listFiles, stem } from './files.js';
import { splitNamed, splitOfPath } from './split-names.js';

/**
 * Reads a COCO file, or all below a folder, such as `instances_train.json` and `instances_val.json`, or those
 * beside the images of each split. A name of an image is looked for beside the file first, then among the
 * images of the file's split, which its images are in where they state none. `hidden` stands for ids that
 * are texts.
 */
export async function readCocoFiles(
  path: string,
  images: ImageFolder,
  hidden: (id: string) => string,
): Promise<Annotations> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return readCoco(path, hidden);
  const files = await listFiles(path, ['.json']);
  if (files.length === 0)
    throw inputError(`${path}: holds no .json file; expected COCO annotations (JSON), or a folder of them`);
  const known = new Set(images.paths);
  const all: Annotations[] = [];
  for (const file of files) {
    const read = await readCoco(join(path, file), hidden);
    const split = splitOfFile(file);
    const named = (name: string) => imageOf(name, file, split, images, known);
    const said = (image: Annotated): Annotated => ({
      ...(split && { split }),
      ...image,
      file: named(image.file),
    });
    all.push({ ...read, images: read.images.map(said) });
  }
  return {
    labels: [...new Set(all.flatMap(({ labels }) => labels))],
    images: all.flatMap((read) => read.images),
    problems: all.flatMap(({ problems = [] }) => problems),
  };
}

/** The split that a word of a file's name means, or else its folder. */
function splitOfFile(file: string): Split | undefined {
  const words = stem(file)
    .split(/[^a-z0-9]+/i)
    .flatMap((word) => splitNamed(word) ?? []);
  return new Set(words).size === 1 ? words[0] : splitOfPath(file);
}

function imageOf(
  name: string,
  file: string,
  split: Split | undefined,
  images: ImageFolder,
  known: ReadonlySet<string>,
): string {
  const beside = join(dirname(file), name).replaceAll('\\', '/');
  if (known.has(beside)) return beside;
  const inSplit = images.named(name).filter((path) => splitOfPath(path) === split);
  return split !== undefined && inSplit.length === 1 ? inSplit[0]! : name;
}
