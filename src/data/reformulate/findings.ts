import { inputError } from '../../base/errors.js';
import { unknownName } from '../../base/names.js';
import { optional, text } from '../../base/options.js';
import type { Archive, Box, ImageRecord, Region } from '../record.js';

export const findingOption = optional(
  text({
    doc: "The finding that is looked for; by default the first of the archive's that an image shows.",
    default: '',
  }),
);

/**
 * The named finding, or the first of the archive's that an image shows. Throws where the archive has no such
 * finding.
 */
export function chosenFinding(archive: Archive, finding: string | undefined): string {
  const first = archive.findings[0];
  if (first === undefined) throw inputError(`the data set ${archive.name} has no findings`);
  if (finding === undefined || finding === '') {
    const shown = new Set(archive.records.flatMap((record) => [...findingsOf(record)]));
    return archive.findings.find((name) => shown.has(name)) ?? first;
  }
  if (!archive.findings.includes(finding)) {
    throw unknownName(archive.findings, finding, `finding of ${archive.name}`);
  }
  return finding;
}

/** Findings given as `a,b,c`, or all. */
export function chosenFindings(archive: Archive, list: string | undefined): readonly string[] {
  if (archive.findings.length === 0) throw inputError(`the data set ${archive.name} has no findings`);
  if (list === undefined || list.trim() === '') return archive.findings;
  return [...new Set(list.split(',').map((name) => chosenFinding(archive, name.trim())))];
}

/** Everything that an image is said to show: by its own list, by boxes and by regions. */
export function findingsOf(record: ImageRecord): ReadonlySet<string> {
  return new Set([
    ...(record.findings ?? []),
    ...record.boxes.map((box) => box.label),
    ...record.regions.map((region) => region.label),
  ]);
}

/**
 * Whether nothing can be said of a finding: nobody marked places, no list of findings was given, and it is
 * nowhere.
 */
export const isUntold = (record: ImageRecord, finding: string): boolean =>
  record.annotated === false && record.findings === undefined && !findingsOf(record).has(finding);

/** What such images are counted as. */
export const UNTOLD = 'images left out: nobody annotated them';

/** Neither a list of findings nor any place: an image that nobody spoke of. */
export const isUnannotated = (record: ImageRecord): boolean =>
  record.findings === undefined && record.boxes.length === 0 && record.regions.length === 0;

export interface Evidence {
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
}

/** The places of the given findings; boxes without area say nothing. */
export function evidenceOf(record: ImageRecord, findings: readonly string[]): Evidence {
  return {
    boxes: record.boxes.filter((box) => findings.includes(box.label) && hasArea(box)),
    regions: record.regions.filter((region) => findings.includes(region.label)),
  };
}

export const hasArea = ({ width, height }: Box): boolean => width > 0 && height > 0;

export const hasPlace = ({ boxes, regions }: Evidence): boolean => boxes.length > 0 || regions.length > 0;
