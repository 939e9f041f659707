import { dirname, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import type { Split } from '../record.js';
import { exists, type ImageFolder, limits, readText } from './files.js';

/** Contents of a YOLO data set's `data.yaml`: class names by index, and the image locations of each split. */
export interface DataYaml {
  readonly names: readonly string[];
  /** Folders of images or `.txt` lists of images, as written. */
  readonly parts: Readonly<Record<'train' | 'validation' | 'test', readonly string[]>>;
}

const what = 'a YOLO data set (data.yaml with names: and train:, val:, test:)';

/** Reads the YAML subset of such files: a list or an index map, in flow or block style. */
export async function readDataYaml(path: string): Promise<DataYaml> {
  const text = await readText(path, what, limits.xml);
  const values = entries(text);
  if (/^kpt_shape\s*:/m.test(text))
    throw inputError(
      `${path}: kpt_shape says that its labels hold keypoints (pose labels); export boxes or polygons, and leave kpt_shape out`,
    );
  const { list: names, keys } = listOf(values, 'names');
  if (names.length === 0) throw inputError(`${path}: has no names; expected ${what}`);
  const count = listOf(values, 'nc').list[0];
  if (count !== undefined && Number(count) !== names.length) {
    throw inputError(`${path}: nc is ${count}, but names has ${names.length}; expected ${what}`);
  }
  const ordered: string[] = [];
  names.forEach((name, i) => {
    ordered[keys === undefined ? i : Number(keys[i])] = name;
  });
  if (ordered.length !== names.length || ordered.includes(undefined as never)) {
    throw inputError(`${path}: names are numbered ${keys?.join(', ')}; expected 0 to ${names.length - 1}`);
  }
  const part = (key: string) => listOf(values, key).list;
  const validation = part('val');
  return {
    names: ordered,
    parts: {
      train: part('train'),
      validation: validation.length > 0 ? validation : part('valid'),
      test: part('test'),
    },
  };
}

/** The split of each image in a `data.yaml`, by relative path. */
export async function splitsOfYaml(path: string, images: ImageFolder): Promise<ReadonlyMap<string, Split>> {
  const { parts } = await readDataYaml(path);
  const splits = new Map<string, Split>();
  for (const [split, places] of Object.entries(parts) as [Split, readonly string[]][]) {
    for (const place of places) {
      // Roboflow writes `../train/images` for a folder beside the file.
      const near = place.replace(/^(\.\.?\/)+/, '');
      if (/\.txt$/i.test(place)) {
        const list = resolve(dirname(path), near);
        const lines = (await exists(list))
          ? (await readText(list, 'image paths, one a line', limits.labels)).split(/\r?\n/)
          : [];
        for (const line of lines.filter((text) => text.trim() !== '')) {
          const found = images.find(line);
          if ('path' in found) splits.set(found.relative, split);
        }
      } else {
        const folder = `/${near.replace(/\/+$/, '')}/`;
        for (const image of images.paths) {
          if (`/${images.absolute(image)}`.replaceAll('\\', '/').includes(folder)) splits.set(image, split);
        }
      }
    }
  }
  return splits;
}

/** Top-level keys with the text of their values. */
function entries(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let key = '';
  for (const line of text.split(/\r?\n/)) {
    const bare = line.replace(/(^|\s)#.*$/, '').trimEnd();
    const begun = /^([A-Za-z_][\w-]*)\s*:(.*)$/.exec(bare);
    if (begun) {
      key = begun[1]!;
      found.set(key, begun[2]!.trim());
    } else if (key !== '' && bare.trim() !== '') found.set(key, `${found.get(key)}\n${bare.trim()}`);
  }
  return found;
}

/** A value as a list: a scalar gives one entry, a map also its keys. */
function listOf(values: ReadonlyMap<string, string>, key: string): { list: string[]; keys?: string[] } {
  const text = values.get(key) ?? '';
  const flow = /^[[{]([\s\S]*)[\]}]$/.exec(text.trim());
  const parts = flow
    ? (flow[1]!.match(/(?:[^,"']|"[^"]*"|'[^']*')+/g) ?? [])
    : text.split('\n').filter((line) => line !== '');
  const isMap = (flow && text.startsWith('{')) || (!flow && parts.every((line) => /^\d+\s*:/.test(line)));
  const bare = parts.map((part) => part.trim().replace(/^-\s+/, '')).filter((part) => part !== '');
  if (!isMap) return { list: bare.map(unquoted) };
  const pairs = bare.map((part) => /^["']?(\d+)["']?\s*:\s*(.*)$/.exec(part) ?? ['', '', part]);
  return { list: pairs.map(([, , value]) => unquoted(value!)), keys: pairs.map(([, number]) => number!) };
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text.trim())?.[2] ?? text.trim();
