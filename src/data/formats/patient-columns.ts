import type { Fault } from './boxes.js';
import type { Annotated } from './collect.js';
import { isEmptyCell, type Row, type Table } from './table.js';

/** A column's name in lower case without punctuation. */
export const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Usual names of a column of patients, plain. */
export const patientNames = [
  ...['patient', 'patientid', 'patientname', 'patientno', 'patientnumber', 'patientindex', 'patientcode'],
  ...[
    'subject',
    'subjectid',
    'participant',
    'participantid',
    'mrn',
    'pid',
    'patid',
    'ptid',
    'case',
    'caseid',
  ],
];

/** Plain names of what several images are of, by an identifier: the widest first. */
const groups = [
  ...['studyid', 'studyuid', 'studyinstanceuid', 'examid', 'examinationid', 'accession', 'accessionid'],
  ...['accessionnumber', 'accnum', 'specimenid', 'slideid', 'seriesuid', 'seriesinstanceuid'],
  ...['videoid', 'clipid', 'lesionid', 'woundid'],
];

/**
 * The column that tells which images are of one study, slide, video or lesion, by its usual name: each image
 * has one of its values, and some have the same. `undefined` where there is none.
 */
export function groupColumn(
  { columns, rows }: Pick<Table, 'columns' | 'rows'>,
  image: string,
): string | undefined {
  const named = columns.filter((name) => groups.includes(plainName(name)));
  return named
    .toSorted((a, b) => groups.indexOf(plainName(a)) - groups.indexOf(plainName(b)))
    .find((name) => sharesImages(rows, name, image));
}

function sharesImages(rows: readonly Row[], name: string, image: string): boolean {
  const values = new Map<string, string>();
  for (const row of rows) {
    const [file, value] = [row[image] ?? '', row[name]];
    if (isEmptyCell(value) || (values.get(file) ?? value) !== value) return false;
    values.set(file, value!);
  }
  const different = new Set(values.values()).size;
  return different > 1 && different < values.size;
}

/** Tells on the first image of what stands in for the patients, and what to do `otherwise`. */
export const toldGroup = (
  group: string | undefined,
  images: readonly Annotated[],
  otherwise: string,
): readonly Annotated[] =>
  group === undefined
    ? images
    : toldFirst(
        images,
        `images with one '${group}' count as of one patient, unless their files name it${otherwise}`,
      );

/** Tells on the first image alone what holds for all. */
export function toldFirst<T extends { readonly faults?: readonly Fault[] }>(
  images: readonly T[],
  problem: string,
): readonly T[] {
  const fault: Fault = { kind: 'inconsistent', problem };
  return images.map((image, i) => (i === 0 ? { ...image, faults: [...(image.faults ?? []), fault] } : image));
}

/**
 * The fields of COCO's images, by name, that say whose or what they are of: the patient, or what several
 * images share, as in a table.
 */
export function patientFields(images: readonly Readonly<Record<string, unknown>>[]): {
  readonly patient?: string;
  readonly group?: string;
} {
  const columns = [...new Set(images.flatMap((image) => Object.keys(image)))];
  const patient = columns.find((name) => patientNames.includes(plainName(name)));
  if (patient !== undefined) return { patient };
  const said = columns.filter((name) => groups.includes(plainName(name)));
  if (said.length === 0) return {};
  const rows = images.map((image, i) => ({
    ...Object.fromEntries(said.map((name) => [name, textOf(image[name]) ?? ''])),
    '': String(i),
  }));
  const group = groupColumn({ columns: said, rows }, '');
  return group === undefined ? {} : { group };
}

/** A number or a text as a text. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'number' || (typeof value === 'string' && !isEmptyCell(value)) ? String(value) : undefined;
