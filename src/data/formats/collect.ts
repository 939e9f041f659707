import { extname } from 'node:path';
import {
  type Archive,
  type Box,
  type ImageRecord,
  isFurtherPart,
  type Problem,
  type ProblemKind,
  type Region,
  type Split,
} from '../record.js';
import { type Fault, placeBox, type Size } from './boxes.js';
import { bare, imageExtensions } from './files.js';
import { isNothing } from './nothing.js';
import { boundingBox, polygonArea } from './polygons.js';

/** The annotations of one image in an annotation file, before they are joined with the image file. */
export interface Annotated {
  /** The image's name in the annotation file. */
  readonly file: string;
  readonly width?: number;
  readonly height?: number;
  /** Set where all annotations are of the pictures as they are stored, before their EXIF orientation. */
  readonly asStored?: true;
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
  readonly faults?: readonly Fault[];
  /** Findings of the whole image, where some have no box or region. */
  readonly findings?: readonly string[];
  readonly patient?: string;
  /** What it shares with images that are likely of the same patient. */
  readonly group?: string;
  readonly split?: Split;
  /** Set where its annotation says nothing. */
  readonly annotated?: false;
}

export interface Annotations {
  /** All labels: declared ones in file order, otherwise occurring ones, sorted. */
  readonly labels: readonly string[];
  readonly images: readonly Annotated[];
  readonly problems?: readonly Problem[];
}

/** A record before its boxes and regions are checked. */
export interface Draft extends ImageRecord {
  readonly faults?: readonly Fault[];
  /** Set where its file is no picture: it is left out. */
  readonly isNoPicture?: true;
  /** A hash that it shares with images that are likely of the same patient. */
  readonly group?: string;
}

/** The image's findings where some are stated without a box or region; otherwise nothing. */
export function stated(
  unplaced: readonly string[],
  places: readonly { readonly label: string }[],
): { readonly findings?: readonly string[] } {
  const said = unplaced.filter((label) => !isNothing(label));
  if (said.length === 0) return {};
  return { findings: [...new Set([...said, ...places.map(({ label }) => label)])] };
}

/**
 * Makes an archive from drafts, sorted by id. Drops unusable boxes and regions and reports every fault as a
 * problem. Merges drafts of one image and leaves a second image of the same id out; both are problems. An
 * image that loses every annotation of a finding is left out, because it would count as negative.
 */
export function collect(
  name: string,
  findings: readonly string[],
  drafts: Iterable<Draft>,
  problems: readonly Problem[] = [],
): Archive {
  const found = [...problems];
  const { joined, seconds } = joinedById(drafts);
  const leftOut = seconds.map(({ id, path }) => ({ id, path }));
  for (const { id, told } of seconds) found.push(problem(id, 'duplicate', told));
  const records = joined.flatMap((draft) => {
    const placed = placedIn(draft, sizeOf(draft));
    for (const one of placed.problems) found.push(one);
    if (placed.record === undefined) leftOut.push({ id: draft.id, path: draft.path });
    return placed.record ?? [];
  });
  const order = (a: ImageRecord, b: ImageRecord) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  return { name, findings, records: records.sort(order), problems: found, leftOut };
}

/** An image whose id is another one's, by a name of its own. */
interface Second {
  readonly id: string;
  readonly path: string;
  readonly told: string;
}

function joinedById(drafts: Iterable<Draft>): { joined: Draft[]; seconds: Second[] } {
  const joined = new Map<string, Draft>();
  const seconds: Second[] = [];
  for (const draft of drafts) {
    const first = joined.get(draft.id);
    if (first === undefined) {
      joined.set(draft.id, draft);
      continue;
    }
    if (first.path !== draft.path) {
      seconds.push(secondOf(first, draft, seconds.length));
      continue;
    }
    const fault = { kind: 'duplicate', problem: 'a second annotation of this id' } as const;
    const faults = [...(first.faults ?? []), ...(draft.faults ?? []), fault];
    const findings = [...(first.findings ?? []), ...(draft.findings ?? [])];
    const both = {
      boxes: [...first.boxes, ...draft.boxes],
      regions: [...first.regions, ...draft.regions],
      ...((first.findings ?? draft.findings) && { findings: [...new Set(findings)] }),
    };
    joined.set(draft.id, { ...first, ...both, faults });
  }
  return { joined: [...joined.values()], seconds };
}

function secondOf(first: Draft, { id, path }: Draft, before: number): Second {
  const [one, other] = [extname(first.path), extname(path)];
  // Another ending may be a part of the name, which may identify a person.
  const isOfName =
    bare(first.path) === bare(path) && one !== other && imageExtensions.includes(other.toLowerCase());
  const told = isOfName
    ? 'another image has its name but for the extension: it is left out'
    : 'another image has its id: it is left out';
  return { id: isOfName ? `${id}${other}` : `${id} (${before + 2})`, path, told };
}

/**
 * Checks the boxes and regions of a draft against the image's size, where known. Returns no record where the
 * image is left out.
 */
export function placedIn(
  { faults = [], isNoPicture, ...draft }: Draft,
  size: Size | undefined,
): { readonly record?: ImageRecord; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const tell = (fault: Fault) => problems.push({ image: draft.id, ...fault });
  faults.forEach(tell);
  if (isNoPicture) return { problems };
  const boxes = withoutRepeats(draft.boxes, 'box', tell).flatMap((box) => {
    const placed = placeBox(box, size);
    if (placed.fault !== undefined) tell(placed.fault);
    return placed.box ?? [];
  });
  const cut = new Set(problems.flatMap(({ kind, place }) => (kind === 'clipped' ? [place?.label] : [])));
  const regions = withoutRepeats(draft.regions, 'region', tell).filter((region) => {
    const { label } = region;
    const fault = regionFault(region, size);
    const isCut = fault?.kind === 'clipped';
    // The box around an outline tells already that it stands out.
    if (fault !== undefined && !(isCut && cut.has(label)))
      tell({ ...fault, place: { kind: 'region', label, ...(isFurtherPart(region) && { part: true }) } });
    return fault === undefined || isCut;
  });
  const kept = new Set([...boxes, ...regions].map(({ label }) => label));
  const spoiled = faults.flatMap(({ kind, place }) =>
    ['degenerate', 'inconsistent', 'unreadable'].includes(kind) && place ? [place] : [],
  );
  const lost = [...draft.boxes, ...draft.regions, ...spoiled]
    .map(({ label }) => label)
    .filter((label) => !kept.has(label) && !draft.findings?.includes(label));
  if (lost.length === 0) return { record: { ...draft, boxes, regions }, problems };
  const labels = [...new Set(lost)].map((label) => `'${label}'`).join(', ');
  tell({ kind: 'left-out', problem: `the image is left out: no place of ${labels} can be used` });
  return { problems };
}

/** Drops duplicates, up to the hundredth of a pixel by which programs round differently. */
function withoutRepeats<T extends Box | Region>(
  places: readonly T[],
  kind: 'box' | 'region',
  tell: (fault: Fault) => void,
): T[] {
  const seen = new Set<string>();
  return places.filter((place) => {
    const key = JSON.stringify(place, (_, value) => (typeof value === 'number' ? value.toFixed(2) : value));
    const isNew = !seen.has(key);
    seen.add(key);
    if (!isNew) {
      const problem = `a ${kind} '${place.label}' is annotated twice; it counts once`;
      tell({ kind: 'duplicate', place: { kind, label: place.label }, problem });
    }
    return isNew;
  });
}

/** A problem of an image without a record. */
export const problem = (image: string, kind: ProblemKind, text: string): Problem => ({
  image,
  kind,
  problem: text,
});

/** All labels of boxes, regions and whole images, sorted. */
export function labelsOf(images: Iterable<Pick<Annotated, 'boxes' | 'regions' | 'findings'>>): string[] {
  const labels = new Set<string>();
  for (const { boxes, regions, findings = [] } of images) {
    for (const finding of findings) labels.add(finding);
    for (const { label } of boxes) labels.add(label);
    for (const { label } of regions) labels.add(label);
  }
  return [...labels].sort();
}

export function sizeOf({ width, height }: Partial<Size>): Size | undefined {
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
  return fault && { kind: fault.kind, problem: fault.problem.replace(/^box '[^']*'/, name) };
}
