import { inputError, messageOf } from '../../base/errors.js';
import type { Box, Region } from '../record.js';
import type { Fault } from './boxes.js';
import { type Fields, fields, items, numbers, word } from './checks.js';
import type { Annotated, Annotations } from './collect.js';
import { readJson } from './files.js';
import { pointsOf } from './polygons.js';
import { compressedCounts, countedRuns } from './runs.js';

const what = 'COCO annotations (JSON with images, annotations, categories)';

/**
 * Reads COCO object annotations (Lin et al. 2014, arXiv 1405.0312): boxes, polygons, and masks as run-length
 * counts or their compressed text. Boxes are `[x, y, width, height]` from the image's corner, as ours are.
 * Throws where a category or image is unknown.
 */
export async function readCoco(path: string): Promise<Annotations> {
  const root = fields(await readJson(path, what), path);
  const categories = new Map(
    items(root.categories, `${path}: categories`).map((item, i) => {
      const category = fields(item, `${path}: categories[${i}]`);
      return [key(category.id), word(category.name, `${path}: categories[${i}].name`)];
    }),
  );
  const images = new Map<string, Mutable>();
  items(root.images, `${path}: images`).forEach((item, i) => {
    const entry = fields(item, `${path}: images[${i}]`);
    const file = word(entry.file_name, `${path}: images[${i}].file_name`);
    if (images.has(key(entry.id)))
      throw inputError(`${path}: images[${i}]: a second image with id ${key(entry.id)}`);
    images.set(key(entry.id), { file, ...size(entry), boxes: [], regions: [], faults: [] });
  });
  items(root.annotations, `${path}: annotations`).forEach((item, i) => {
    const where = `${path}: annotations[${i}]`;
    const annotation = fields(item, where);
    const image = images.get(key(annotation.image_id));
    if (image === undefined) throw inputError(`${where}: unknown image_id ${key(annotation.image_id)}`);
    const label = categories.get(key(annotation.category_id));
    if (label === undefined) {
      const known = [...categories.keys()].join(', ');
      throw inputError(
        `${where}: unknown category_id ${key(annotation.category_id)}; categories has ${known}`,
      );
    }
    if (annotation.bbox !== undefined) {
      const [x, y, width, height] = numbers(annotation.bbox, `${where}.bbox`, 4) as [
        number,
        number,
        number,
        number,
      ];
      image.boxes.push({ label, x, y, width, height });
    }
    addSegmentation(image, label, annotation.segmentation, `${where}.segmentation`);
  });
  return { labels: [...new Set(categories.values())], images: [...images.values()] };
}

interface Mutable extends Annotated {
  readonly boxes: Box[];
  readonly regions: Region[];
  readonly faults: Fault[];
}

function addSegmentation(image: Mutable, label: string, given: unknown, where: string): void {
  if (given === undefined || given === null) return;
  if (!Array.isArray(given)) {
    const { region, size } = cocoMask(label, given, where);
    if (image.width !== undefined && (size.width !== image.width || size.height !== image.height)) {
      const problem = `mask '${label}' has ${size.width}x${size.height} pixels, its image ${image.width}x${image.height}`;
      image.faults.push({ kind: 'inconsistent', problem });
    } else image.regions.push(region);
    return;
  }
  given.forEach((part, i) => {
    const points = pointsOf(numbers(part, `${where}[${i}]`));
    if (points !== undefined) image.regions.push({ kind: 'polygon', label, points });
    else
      image.faults.push({
        kind: 'degenerate',
        place: { kind: 'region', label },
        problem: `polygon '${label}' has fewer than three points`,
      });
  });
}

/** A mask of COCO's run-length form, `{ size: [height, width], counts }`. */
export function cocoMask(
  label: string,
  given: unknown,
  where: string,
): { readonly region: Extract<Region, { kind: 'runs' }>; readonly size: { width: number; height: number } } {
  const mask = fields(given, where);
  const [height, width] = numbers(mask.size, `${where}.size`, 2) as [number, number];
  const whole = (n: number) => Number.isInteger(n) && n > 0 && n <= 65536;
  if (!whole(height) || !whole(width))
    throw inputError(`${where}.size: [${height}, ${width}] is no image size`);
  try {
    const counts =
      typeof mask.counts === 'string'
        ? compressedCounts(mask.counts)
        : numbers(mask.counts, `${where}.counts`);
    const runs = countedRuns(counts, width * height);
    return { region: { kind: 'runs', label, runs, order: 'columns' }, size: { width, height } };
  } catch (error) {
    const message = messageOf(error);
    throw inputError(message.startsWith(where) ? message : `${where}: ${message}`, error);
  }
}

function size({ width, height }: Fields): { width?: number; height?: number } {
  const whole = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;
  return whole(width) && whole(height) ? { width, height } : {};
}

const key = (id: unknown): string => String(id);
