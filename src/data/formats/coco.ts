import { z } from 'zod/mini';
import { inputError, messageOf } from '../../base/errors.js';
import {
  checked,
  isNumbers,
  listsOfNumbers,
  numbers,
  oftenFits,
  parseJson,
  placeOf,
  word,
} from '../../base/json.js';
import type { Box, Region } from '../record.js';
import { areApart } from './apart.js';
import type { Fault } from './boxes.js';
import { type Annotated, type Annotations, problem, stated } from './collect.js';
import { limits, readText } from './files.js';
import { cocoForm, inForm } from './in-form.js';
import { jsonKind, linesKind } from './known.js';
import { patientFields, textOf, toldGroup } from './patient-columns.js';
import { boundingBox, pointsOf, polygonArea, turnedBox } from './polygons.js';
import { compressedCounts, countedRuns } from './runs.js';
import { splitNamed } from './split-names.js';

const what = 'COCO annotations (JSON with images, annotations, categories)';

const isId = (value: unknown): value is string | number =>
  typeof value === 'number' || typeof value === 'string';

const id = z.custom<string | number>(isId, 'a number or a text');

type Coordinate = number | string | null;

/** Some tools write numbers as texts, and null for what is not a number. */
const isCoordinate = (value: unknown): value is Coordinate =>
  value === null ||
  (typeof value === 'string'
    ? value.trim() !== '' && Number.isFinite(Number(value))
    : Number.isFinite(value));

/** Some tools write an empty list for an object without a box. */
const isBox = (value: unknown): value is readonly Coordinate[] =>
  Array.isArray(value) && (value.length === 4 || value.length === 0) && value.every(isCoordinate);

const box = z.custom<readonly Coordinate[]>(isBox, 'a list of 4 numbers');

const annotation = z.object({
  image_id: id,
  category_id: id,
  bbox: z.optional(z.nullable(box)),
  segmentation: z.optional(z.unknown().check(listsOfNumbers)),
  attributes: z.optional(z.unknown()),
});

const isAnnotation = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const { image_id, category_id, bbox, segmentation }: Readonly<Record<string, unknown>> = { ...value };
  return (
    isId(image_id) &&
    isId(category_id) &&
    (bbox === undefined || bbox === null || isBox(bbox)) &&
    (segmentation === undefined || (Array.isArray(segmentation) && segmentation.every(isNumbers)))
  );
};

const contents = z.object({
  categories: z.array(z.object({ id, name: word })),
  images: z.array(
    z.looseObject({ id, file_name: word, width: z.optional(z.unknown()), height: z.optional(z.unknown()) }),
  ),
  annotations: z.array(oftenFits(isAnnotation, annotation)),
});

/**
 * Reads COCO object annotations (Lin et al. 2014, arXiv 1405.0312): boxes, polygons, and run-length masks,
 * plain or compressed. Boxes are `[x, y, width, height]`, as in this library. Annotations of images that are
 * not listed are problems, by the image's id, for which `hidden` stands where it is a text: that may name
 * a person. Throws for an unknown category, and where no annotation is of a listed image: all of them would
 * count as negatives.
 */
export async function readCoco(
  path: string,
  hidden: (id: string) => string = (id) => `image_id ${id}`,
): Promise<Annotations> {
  const read = jsonIn(await readText(path, what, limits.json), path);
  const root = checked(read, contents, path, [], `expected ${what}`);
  const categories = new Map<string, string>();
  root.categories.forEach(({ id, name }, i) => {
    const other = categories.get(String(id));
    if (other !== undefined && other !== name) {
      throw inputError(`${path}: categories[${i}]: id ${id} is both '${other}' and '${name}'`);
    }
    categories.set(String(id), name);
  });
  const images = new Map<string, Mutable>();
  const fields = patientFields(root.images);
  root.images.forEach((image, i) => {
    const id = String(image.id);
    if (images.has(id)) throw inputError(`${path}: images[${i}]: a second image with id ${id}`);
    images.set(id, {
      file: image.file_name,
      ...size(image),
      ...whose(image, fields),
      ...splitIn(image),
      boxes: [],
      regions: [],
      unplaced: [],
    });
  });
  const unlisted = new Map<string, string>();
  if (root.annotations.length > 0 && !root.annotations.some(({ image_id }) => images.has(String(image_id)))) {
    const [first] = root.annotations;
    throw inputError(
      `${path}: annotations[0]: unknown image_id ${first!.image_id}; no annotation is of one of its ${images.size} images`,
    );
  }
  root.annotations.forEach(({ image_id, category_id, bbox, segmentation, attributes }, i) => {
    const image = images.get(String(image_id));
    if (image === undefined) {
      const isNumber = Number.isInteger(image_id);
      unlisted.set(String(image_id), isNumber ? `image_id ${image_id}` : hidden(String(image_id)));
      return;
    }
    const label = categories.get(String(category_id));
    if (label === undefined) {
      const known = [...categories.keys()].join(', ');
      throw inputError(
        `${path}: annotations[${i}]: unknown category_id ${category_id}; categories has ${known}`,
      );
    }
    const isPlaced = bbox?.length === 4 || hasParts(segmentation);
    if (!isPlaced) image.unplaced.push(label);
    const isWhole = bbox?.length === 4 && !bbox.includes(null);
    if (bbox?.length === 4 && !isWhole)
      image.faults.push({
        kind: 'degenerate',
        place: { kind: 'box', label },
        problem: `box '${label}' [${bbox.map(String).join(', ')}] lacks a number`,
      });
    if (isWhole) {
      const [x, y, width, height] = bbox.map(Number) as [number, number, number, number];
      const box = { label, x, y, width, height };
      const degrees = hasParts(segmentation) ? 0 : rotationIn(attributes);
      if (degrees === 0) image.boxes.push(box);
      else {
        const points = turnedBox(box, degrees);
        image.boxes.push(boundingBox(label, points));
        image.regions.push({ kind: 'polygon', label, points });
        const problem = `its box '${label}' is turned by ${degrees} degrees, as its attributes (rotation) say`;
        image.faults.push({ kind: 'mended', problem });
      }
    }
    const before = image.regions.length;
    addSegmentation(image, label, segmentation, path, i);
    const apart = isWhole && areApart(image.boxes.at(-1)!, image.regions.slice(before), image);
    if (apart)
      image.faults.push({
        kind: 'inconsistent',
        problem: `the box and the segmentation of a '${label}' mark different places`,
      });
  });
  const named = [...images.values()].map(({ unplaced, ...image }) => ({
    ...image,
    ...stated(unplaced, [...image.boxes, ...image.regions]),
  }));
  return {
    labels: [...new Set(categories.values())],
    images: toldGroup(fields.group, inForm(path, named, cocoForm), ''),
    problems: [...unlisted.values()].map((id) => problem(id, 'missing-image', UNLISTED)),
  };
}

/** What the text of a JSON file holds. Throws, naming it, where that is another format. */
function jsonIn(text: string, path: string): unknown {
  const named = (kind: string) => inputError(`${path}: ${kind}; expected ${what}`);
  let read: unknown;
  try {
    read = parseJson(text, z.unknown(), path, `expected ${what}`);
  } catch (error) {
    const kind = linesKind(text);
    throw kind === undefined ? error : named(kind);
  }
  const kind = jsonKind(read);
  if (kind !== undefined) throw named(kind);
  return read;
}

/** By how many degrees CVAT's attributes say that a box is turned clockwise about its centre. */
function rotationIn(attributes: unknown): number {
  const { rotation }: { readonly rotation?: unknown } = { ...(attributes as object | null) };
  const degrees = Number(rotation ?? 0);
  return Number.isFinite(degrees) ? degrees % 360 : 0;
}

function whose(image: Readonly<Record<string, unknown>>, fields: ReturnType<typeof patientFields>) {
  const [patient, group] = [fields.patient, fields.group].map((name) => name && textOf(image[name]));
  const fault = { kind: 'no-patient', problem: `its field '${fields.patient}' names no patient` } as const;
  const faults = fields.patient !== undefined && !patient ? [fault] : [];
  return { ...(patient && { patient }), ...(group && { group }), faults };
}

function splitIn({ split, subset }: Readonly<Record<string, unknown>>) {
  const said = splitNamed(textOf(split ?? subset) ?? '');
  return said && { split: said };
}

const UNLISTED = 'its image is not among the listed ones; its annotations are left out';

interface Mutable extends Annotated {
  readonly boxes: Box[];
  readonly regions: Region[];
  readonly faults: Fault[];
  /** Labels of annotations without a box or segmentation. */
  readonly unplaced: string[];
}

const hasParts = (segmentation: unknown): boolean =>
  Array.isArray(segmentation) ? segmentation.length > 0 : segmentation !== undefined && segmentation !== null;

function addSegmentation(image: Mutable, label: string, given: unknown, path: string, index: number): void {
  if (given === undefined || given === null) return;
  if (!Array.isArray(given)) {
    const { region, size } = cocoMask(label, given, path, ['annotations', index, 'segmentation']);
    if (image.width !== undefined && (size.width !== image.width || size.height !== image.height)) {
      const problem = `mask '${label}' has ${size.width}x${size.height} pixels, its image ${image.width}x${image.height}`;
      image.faults.push({ kind: 'inconsistent', place: { kind: 'region', label }, problem });
    } else image.regions.push(region);
    return;
  }
  const outlines = given as readonly (readonly number[])[];
  const areas = outlines.map((flat) => polygonArea(pointsOf(flat) ?? []));
  const largest = areas.indexOf(Math.max(...areas));
  outlines.forEach((flat, k) => {
    const points = pointsOf(flat);
    const part = k !== largest && ({ part: true } as const);
    if (points !== undefined) image.regions.push({ kind: 'polygon', label, points, ...part });
    else
      image.faults.push({
        kind: 'degenerate',
        place: { kind: 'region', label, ...part },
        problem: `polygon '${label}' has ${flat.length} numbers; it takes pairs x, y of at least three points`,
      });
  });
}

const side = (n: number) => Number.isInteger(n) && n > 0 && n <= 65536;

const mask = z.object({
  size: numbers(2).check(z.refine((sides) => sides.every(side), 'a height and a width of 1 to 65536')),
  counts: z.union([z.string(), numbers()]),
});

/**
 * Reads a COCO run-length mask, `{ size: [height, width], counts }`. `source` and `path` locate it in errors.
 */
export function cocoMask(
  label: string,
  given: unknown,
  source: string,
  path: readonly PropertyKey[] = [],
): { readonly region: Extract<Region, { kind: 'runs' }>; readonly size: { width: number; height: number } } {
  const { size, counts } = checked(given, mask, source, path);
  const [height, width] = size as [number, number];
  try {
    const runs = countedRuns(typeof counts === 'string' ? compressedCounts(counts) : counts, width * height);
    return { region: { kind: 'runs', label, runs, order: 'columns' }, size: { width, height } };
  } catch (error) {
    throw inputError(`${placeOf(source, path)}: ${messageOf(error)}`, error);
  }
}

function size({ width, height }: { readonly width?: unknown; readonly height?: unknown }) {
  const [w, h] = [width, height].map((side) => (side === null || side === '' ? Number.NaN : Number(side)));
  const whole = (side: number | undefined) => Number.isInteger(side) && side! > 0;
  return whole(w) && whole(h) ? { width: w!, height: h! } : {};
}
