import type { Archive, Box, ImageRecord, Problem, ProblemKind, Region } from '../record.js';
import { type Fault, placeBox, type Size } from './boxes.js';
import { boundingBox, polygonArea } from './polygons.js';

/** What an annotation file says of one image, before the image's own file is known. */
export interface Annotated {
  /** The image as the annotation file names it. */
  readonly file: string;
  readonly width?: number;
  readonly height?: number;
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
  readonly faults?: readonly Fault[];
}

export interface Annotations {
  /** All labels that the file declares, in its order, or that occur, sorted. */
  readonly labels: readonly string[];
  readonly images: readonly Annotated[];
}

/** A record on its way: its boxes and regions unchecked. */
export interface Draft extends ImageRecord {
  readonly faults?: readonly Fault[];
}

/**
 * Makes an archive of drafts: keeps the boxes and regions that can be used, turns every fault into a problem,
 * drops a second record of the same id (a problem too) and sorts by id.
 */
export function collect(
  name: string,
  findings: readonly string[],
  drafts: Iterable<Draft>,
  problems: readonly Problem[] = [],
): Archive {
  const records = new Map<string, ImageRecord>();
  const found = [...problems];
  for (const { faults = [], ...draft } of drafts) {
    const tell = (fault: Fault) => found.push({ image: draft.id, ...fault });
    if (records.has(draft.id)) {
      tell({ kind: 'duplicate', problem: 'a second image of this id' });
      continue;
    }
    faults.forEach(tell);
    const size = sizeOf(draft);
    const boxes = draft.boxes.flatMap((box) => {
      const placed = placeBox(box, size);
      if (placed.fault !== undefined) tell(placed.fault);
      return placed.box ?? [];
    });
    const regions = draft.regions.filter((region) => {
      const fault = regionFault(region, size);
      if (fault !== undefined) tell({ ...fault, place: { kind: 'region', label: region.label } });
      return fault === undefined;
    });
    records.set(draft.id, { ...draft, boxes, regions });
  }
  const order = (a: ImageRecord, b: ImageRecord) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  return { name, findings, records: [...records.values()].sort(order), problems: found };
}

/** A problem for an image that has no record. */
export const problem = (image: string, kind: ProblemKind, text: string): Problem => ({
  image,
  kind,
  problem: text,
});

/** Labels as they occur in boxes and regions, sorted. */
export function labelsOf(images: Iterable<Pick<Annotated, 'boxes' | 'regions'>>): string[] {
  const labels = new Set<string>();
  for (const { boxes, regions } of images) {
    for (const { label } of boxes) labels.add(label);
    for (const { label } of regions) labels.add(label);
  }
  return [...labels].sort();
}

function sizeOf({ width, height }: Draft): Size | undefined {
  return width === undefined || height === undefined ? undefined : { width, height };
}

function regionFault(region: Region, size: Size | undefined): Fault | undefined {
  const name = `${region.kind} '${region.label}'`;
  switch (region.kind) {
    case 'file':
      return undefined;
    case 'runs':
      return region.runs.length === 0 ? { kind: 'degenerate', problem: `${name} is empty` } : undefined;
    case 'circle': {
      const { label, x, y, radius } = region;
      return outside(
        name,
        { label, x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius },
        size,
      );
    }
    case 'polygon':
      if (!(polygonArea(region.points) > 0)) return { kind: 'degenerate', problem: `${name} has no area` };
      return outside(name, boundingBox(region.label, region.points), size);
  }
}

function outside(name: string, box: Box, size: Size | undefined): Fault | undefined {
  const { fault } = placeBox(box, size);
  return fault === undefined || fault.kind === 'clipped'
    ? undefined
    : { kind: fault.kind, problem: fault.problem.replace(/^box '[^']*'/, name) };
}
