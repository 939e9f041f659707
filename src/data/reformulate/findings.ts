import { inputError } from '../../base/errors.js';
import { unknownName } from '../../base/names.js';
import { optional, text } from '../../base/options.js';
import { isNothing, isUnsaid } from '../formats/nothing.js';
import type { Archive, Box, ImageRecord, Region } from '../record.js';

export const findingOption = optional(
  text({
    doc: "The finding; by default the archive's first finding that an image shows, unless each image shows one of several.",
    default: '',
  }),
);

/**
 * The named finding; by default the first of the archive's that an image shows. Throws for an unknown
 * finding.
 */
export function chosenFinding(archive: Archive, finding: string | undefined): string {
  const first = archive.findings[0];
  if (first === undefined) throw inputError(`the data set ${archive.name} has no findings`);
  if (finding === undefined || finding === '') {
    return defaultFinding(archive) ?? first;
  }
  if (!archive.findings.includes(finding)) {
    throw unknownName(archive.findings, finding, `finding of ${archive.name}`);
  }
  return finding;
}

/**
 * The first finding that an image shows, or the only one that is no word for nothing. Throws where images
 * show `oneOfSeveral`.
 */
function defaultFinding(archive: Archive): string | undefined {
  const { shown, telling } = shownIn(archive);
  if (telling.length < 2) return telling[0] ?? shown[0];
  const several = oneOfSeveral(archive);
  if (several === undefined) return shown[0];
  throw inputError(
    `the data set ${archive.name} shows one of ${shortList(telling)} in each image: option finding says which is asked for (finding=${telling[0]}, or another); task dominant tells them all apart${several.orNone ? ', and with none=class those that show none of them' : ''}`,
  );
}

/** Findings of which images show one each, and whether some show none of them. */
export interface OneOfSeveral {
  readonly findings: readonly string[];
  readonly orNone: boolean;
}

/**
 * The findings of an archive whose images show one of several each, or none where none has a place: of benign
 * and malignant none is the finding by default, as an image without the first may be one with another.
 */
export function oneOfSeveral(archive: Archive): OneOfSeveral | undefined {
  const { annotated, sets, telling } = shownIn(archive);
  const isPlaced = annotated.some(({ boxes, regions }) => boxes.length + regions.length > 0);
  const isOneEach = sets.every(({ size }) => size === 1 || (size === 0 && !isPlaced));
  if (telling.length < 2 || !isOneEach) return undefined;
  return { findings: telling, orNone: sets.some(({ size }) => size === 0) };
}

/** The first of many names. */
export const shortList = (names: readonly string[]): string =>
  `${names.slice(0, 8).join(', ')}${names.length > 8 ? ' and others' : ''}`;

function shownIn({ findings, records }: Archive) {
  const annotated = records.filter((record) => record.annotated !== false);
  const sets = annotated.map(findingsOf);
  const shown = findings.filter((finding) => sets.some((set) => set.has(finding)));
  const telling = shown.filter((finding) => !isNothing(finding) && !isUnsaid(finding));
  return { annotated, sets, shown, telling };
}

/** Parses findings given as `a,b,c`, names with commas included; all by default. */
export function chosenFindings(archive: Archive, list: string | undefined): readonly string[] {
  if (archive.findings.length === 0) throw inputError(`the data set ${archive.name} has no findings`);
  if (list === undefined || list.trim() === '') return archive.findings;
  return [...new Set(namesIn(list, archive.findings).map((name) => chosenFinding(archive, name)))];
}

/** The names of a list with commas between them: as many parts as make a known name are one. */
function namesIn(list: string, known: readonly string[]): string[] {
  const parts = list.split(',');
  const names: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const joined = (end: number) => parts.slice(at, end).join(',').trim();
    let end = parts.length;
    while (end > at + 1 && !known.includes(joined(end))) end--;
    names.push(joined(end));
    at = end;
  }
  return names;
}

/** All findings of an image: stated, or annotated with boxes or regions. */
export function findingsOf(record: ImageRecord): ReadonlySet<string> {
  return new Set([
    ...(record.findings ?? []),
    ...record.boxes.map((box) => box.label),
    ...record.regions.map((region) => region.label),
  ]);
}

/**
 * Whether a finding's presence is unknown: the image has no localised annotation and no list of findings, or
 * it has one of which nobody knows what it is.
 */
export function isUntold(record: ImageRecord, finding: string): boolean {
  const found = findingsOf(record);
  if (found.has(finding)) return false;
  const isBare = record.annotated === false && record.findings === undefined;
  return isBare || [...found].some(isUnsaid);
}

/** Count name of such images. */
export const UNTOLD = 'images left out: nobody said what they show';

/** Count name of images that have neither findings nor a list of them, where they are negatives. */
export const TAKEN_AS_NEGATIVES = 'images without any finding, taken as negatives';

/** Whether the image has neither a list of findings nor any box or region. */
export const isUnannotated = (record: ImageRecord): boolean =>
  record.findings === undefined && record.boxes.length === 0 && record.regions.length === 0;

export interface Evidence {
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
}

/** Boxes and regions of the given findings, without boxes that have no area. */
export function evidenceOf(record: ImageRecord, findings: readonly string[]): Evidence {
  return {
    boxes: record.boxes.filter((box) => findings.includes(box.label) && hasArea(box)),
    regions: record.regions.filter((region) => findings.includes(region.label)),
  };
}

export const hasArea = ({ width, height }: Box): boolean => width > 0 && height > 0;

export const hasPlace = ({ boxes, regions }: Evidence): boolean => boxes.length > 0 || regions.length > 0;
