import { basename } from 'node:path';
import { inputError } from '../../base/errors.js';
import type { Box, Region } from '../record.js';
import type { Size } from './boxes.js';
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

/** Reads class names from a `.names` or `classes.txt` file, one per line, or from a `data.yaml`. */
export async function readNames(path: string): Promise<readonly string[]> {
  if (isYaml(path)) return (await readDataYaml(path)).names;
  const what = 'class names, one a line';
  const names = (await readText(path, what, limits.xml)).split(/\r?\n/).map((line) => line.trim());
  while (names.at(-1) === '') names.pop();
  if (names.length === 0 || names.includes(''))
    throw inputError(`${path}: has an empty line; expected ${what}`);
  return names;
}

/**
 * Reads one YOLO label file: boxes `class centre-x centre-y width height [confidence]` or polygons `class x1
 * y1 x2 y2 x3 y3 ...`, relative to the image's size. Throws for an unknown class and for coordinates that are
 * not relative.
 */
export async function readYolo(path: string, names: readonly string[], size: Size): Promise<Annotated> {
  const text = await readText(path, 'YOLO labels', limits.labels);
  return parseYolo(text, basename(path), names, size);
}

export function parseYolo(text: string, name: string, names: readonly string[], size: Size): Annotated {
  const boxes: Box[] = [];
  const regions: Region[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '') return;
    const where = `${name}, line ${i + 1}`;
    const [index, ...values] = line.trim().split(/\s+/).map(Number) as [number, ...number[]];
    if (!Number.isInteger(index) || index < 0 || index >= names.length) {
      throw inputError(
        `${where}: class ${index}; the names are 0 to ${names.length - 1} (${names.join(', ')})`,
      );
    }
    // Rounding may put a value slightly outside 0 to 1; pixel coordinates are rejected.
    if (!values.every((value) => value >= -1 && value <= 2)) {
      throw inputError(`${where}: ${line.trim().slice(0, 60)} is not in shares of the image (0 to 1)`);
    }
    const label = names[index]!;
    if (isPose(line.trim().split(/\s+/).slice(1)))
      throw inputError(`${where}: it seems to hold keypoints (pose labels); export boxes or polygons`);
    if (values.length === 4 || values.length === 5) boxes.push(centred(label, values, size));
    else {
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
  return { file: name, ...size, boxes, regions };
}

/** Whether a line is a box and keypoints `x y visibility`, whose third numbers are all 0, 1 or 2. */
const isPose = (words: readonly string[]): boolean =>
  words.length > 6 &&
  (words.length - 4) % 3 === 0 &&
  words.slice(4).every((word, i) => i % 3 !== 2 || /^[012](\.0+)?$/.test(word));

function centred(label: string, values: readonly number[], size: Size): Box {
  const [x, y, w, h] = values as [number, number, number, number];
  const [width, height] = [w * size.width, h * size.height];
  return { label, x: x * size.width - width / 2, y: y * size.height - height / 2, width, height };
}
