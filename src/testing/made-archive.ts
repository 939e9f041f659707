import type { Archive, Box, ImageRecord } from '../data/record.js';
import type { Reformulated } from '../data/reformulate/index.js';

export const box = (label: string, x: number, y: number, width: number, height: number): Box => ({
  label,
  x,
  y,
  width,
  height,
});

/** An image of 100x80 pixels. */
export function image(id: string, boxes: readonly Box[], more: Partial<ImageRecord> = {}): ImageRecord {
  return { id, patient: id, path: `${id}.png`, width: 100, height: 80, boxes, regions: [], ...more };
}

export function archiveOf(records: readonly ImageRecord[], findings = ['a', 'b', 'c']): Archive {
  return { name: 'made', findings, records, problems: [] };
}

/** The labels of each sample, by name. */
export const labelsOf = ({ recipes, classes }: Reformulated) =>
  Object.fromEntries(recipes.map(({ id, labels }) => [id, labels.map((l) => classes[l]).join('+')]));
