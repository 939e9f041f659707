import { basename } from 'node:path';
import { inputError } from '../../base/errors.js';
import type { Box, Region } from '../record.js';
import { cornerBox, type Fault, type Size } from './boxes.js';
import type { Annotated } from './collect.js';
import { readDataYaml } from './data-yaml.js';
import { limits, readText } from './files.js';
import { boundingBox, pointsOf } from './polygons.js';

export const isYaml = (path: string): boolean => /\.ya?ml$/i.test(path);

/**
 * Whether a text file holds YOLO labels: a class index and numbers, or nothing. Class lists and READMEs may
 * be beside them.
 */
export async function isLabelFile(path: string): Promise<boolean> {
  const [line = ''] = (await readText(path, 'YOLO labels', limits.labels)).trim().split(/\r?\n/, 1);
  return line === '' || /^\d+(\s+\S+){4,}$/.test(line);
}

/**
 * Reads class names from a `.names` or `classes.txt` file, one per line, or from a `data.yaml`. Comments
 * after `#` are left out, and so are numbers before the names where all are numbered in order, and quotes
 * around all of them.
 */
export async function readNames(path: string): Promise<readonly string[]> {
  if (isYaml(path)) return (await readDataYaml(path)).names;
  const what = 'class names, one a line';
  const text = await readText(path, what, limits.xml);
  if (/^names\s*:/m.test(text)) return (await readDataYaml(path)).names;
  const names = namesIn(text);
  if (/^[[{]/.test(names[0] ?? ''))
    throw inputError(`${path}: is a list in brackets; expected ${what}, or a data.yaml with names`);
  if (names.length === 0 || names.includes(''))
    throw inputError(`${path}: has an empty line; expected ${what}`);
  return names;
}

function namesIn(text: string): readonly string[] {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => !/^\s*#(?!\d)/.test(line))
    .map((line) => line.replace(/\s+#\s.*$/, '').trim());
  while (lines.at(-1) === '') lines.pop();
  const numbered = lines.map((line) => /^(\d+)\s*[:=.,\s]\s*(.+)$/.exec(line));
  const first = Number(numbered[0]?.[1]);
  const isNumbered = first <= 1 && numbered.every((found, i) => Number(found?.[1]) === first + i);
  const bare = isNumbered ? numbered.map((found) => found![2]!) : lines;
  const unquoted = bare.map((name) => /^(["'])(.+)\1,?$/.exec(name)?.[2]);
  return unquoted.every((name) => name !== undefined) ? unquoted : bare;
}

/**
 * Reads one YOLO label file: boxes `class centre-x centre-y width height [confidence]` or polygons `class x1
 * y1 x2 y2 x3 y3 ...`, relative to the image's size. Throws for an unknown class and for coordinates that are
 * not relative.
 */
export async function readYolo(
  path: string,
  names: readonly string[],
  size: Size,
  form: YoloForm = 'centre',
): Promise<Annotated> {
  const text = await readText(path, 'YOLO labels', limits.labels);
  return parseYolo(text, basename(path), names, size, form);
}

/** What the four numbers of a box are: its centre or its left upper corner and its size, or two corners. */
export type YoloForm = 'centre' | 'left-top' | 'corners';

export function parseYolo(
  text: string,
  name: string,
  names: readonly string[],
  size: Size,
  form: YoloForm = 'centre',
): Annotated {
  const faults: Fault[] = [];
  const boxes: Box[] = [];
  const regions: Region[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '') return;
    const where = `${name}, line ${i + 1}`;
    const [index, ...values] = line.trim().split(/\s+/).map(Number) as [number, ...number[]];
    if (!Number.isInteger(index) || index < 0 || index >= names.length) {
      throw inputError(
        `${where}: class ${Number.isNaN(index) ? `'${line.trim().split(/\s+/)[0]!.slice(0, 40)}'` : index}; the names are 0 to ${names.length - 1} (${names.join(', ')})`,
      );
    }
    // Rounding may put a value slightly outside 0 to 1; pixel coordinates are rejected.
    if (!values.every((value) => value >= -1 && value <= 2)) {
      throw inputError(`${where}: ${line.trim().slice(0, 60)} is not in shares of the image (0 to 1)`);
    }
    const label = names[index]!;
    if (isPose(line.trim().split(/\s+/).slice(1)))
      throw inputError(`${where}: it seems to hold keypoints (pose labels); export boxes or polygons`);
    if (form === 'centre' && isConfidenceFirst(values))
      throw inputError(
        `${where}: ${line.trim().slice(0, 60)} is a box only where its second number is the confidence; write the confidence last, or leave it out`,
      );
    if (values.length === 4 || values.length === 5) {
      boxes.push(boxOf(label, values, size, form));
      if (values.length === 5 && faults.length === 0) faults.push(predicted);
    } else {
      if (!values.every((value) => value >= -0.1 && value <= 1.1)) {
        throw inputError(`${where}: ${line.trim().slice(0, 60)} is not in shares of the image (0 to 1)`);
      }
      const points = pointsOf(values)?.map(([x, y]) => [x * size.width, y * size.height] as const);
      if (points === undefined) {
        throw inputError(
          `${where}: ${values.length + 1} numbers; a box has 5 or 6, a polygon 7 or more, odd`,
        );
      }
      boxes.push(boundingBox(label, points));
      regions.push({ kind: 'polygon', label, points });
    }
  });
  return { file: name, ...size, boxes, regions, ...(faults.length > 0 && { faults }) };
}

/** Whether a line is a box and keypoints `x y visibility`, whose third numbers are all 0, 1 or 2. */
const isPose = (words: readonly string[]): boolean =>
  words.length > 6 &&
  (words.length - 4) % 3 === 0 &&
  words.slice(4).every((word, i) => i % 3 !== 2 || /^[012](\.0+)?$/.test(word));

/** Whether five numbers leave the image as a box and a confidence, and fit it as a confidence and a box. */
function isConfidenceFirst(values: readonly number[]): boolean {
  if (values.length !== 5) return false;
  const excess = ([x, y, w, h]: readonly number[]) =>
    Math.max(w! / 2 - x!, h! / 2 - y!, x! + w! / 2 - 1, y! + h! / 2 - 1);
  return excess(values) > 0.02 && excess(values.slice(1)) < 0.001;
}

const predicted: Fault = {
  kind: 'inconsistent',
  problem:
    'its boxes have a sixth number, the last, read as the confidence of a prediction; they count as annotated',
};

function boxOf(label: string, values: readonly number[], size: Size, form: YoloForm): Box {
  const [x, y, w, h] = values as [number, number, number, number];
  const [width, height] = [w * size.width, h * size.height];
  if (form === 'left-top') return { label, x: x * size.width, y: y * size.height, width, height };
  if (form === 'corners') return cornerBox(label, [x * size.width, y * size.height, width, height]);
  return { label, x: x * size.width - width / 2, y: y * size.height - height / 2, width, height };
}
