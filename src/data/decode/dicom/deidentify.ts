import { createHmac } from 'node:crypto';
import type { DataSet } from 'dicom-parser';
import type { Attributes } from '../image/decoded.js';
import { decimal } from './display/groups.js';
import { photometrics } from './file/layout.js';

type Reader = (data: DataSet, tag: string) => string | number | undefined;

/** Accepts only words of a closed list. Free text and private codes may contain identifiers. */
const oneOf =
  (...words: readonly string[]): Reader =>
  (data, tag) => {
    const text = data.string(tag)?.trim().toUpperCase();
    return words.find((word) => word === text);
  };

const count: Reader = (data, tag) => data.uint16(tag);

const wholeNumber: Reader = (data, tag) => {
  const value = Number(data.string(tag) ?? Number.NaN);
  return Number.isInteger(value) && value > 0 ? value : undefined;
};

/** One of two distances in millimetres: row spacing, then column spacing. */
const millimetres =
  (index: number): Reader =>
  (data, tag) => {
    const value = decimal(data, tag, index);
    return value !== undefined && value > 0 && value < 1000 ? value : undefined;
  };

/** Whole years, capped at 90, because higher ages can identify a person. */
const years: Reader = (data, tag) => {
  const [, number, unit] = /^(\d{3})([DWMY])$/.exec(data.string(tag)?.trim() ?? '') ?? [];
  if (number === undefined) return undefined;
  return unit === 'Y' ? Math.min(Number(number), 90) : 0;
};

const sides = oneOf('L', 'R', 'B', 'U');

/** The whitelist. Every other element, including private elements and sequences, is dropped. */
const whitelist: readonly (readonly [name: string, tag: string, read: Reader])[] = [
  [
    'modality',
    'x00080060',
    // biome-ignore format: a list of codes
    oneOf('CR', 'CT', 'DX', 'ES', 'GM', 'IO', 'MG', 'MR', 'NM', 'OP', 'OPT', 'OT', 'PT', 'PX', 'RF', 'RG', 'RTDOSE',
      'RTIMAGE', 'SC', 'SEG', 'SM', 'US', 'XA', 'XC'),
  ],
  [
    'bodyPart',
    'x00180015',
    // biome-ignore format: a list of codes
    oneOf('ABDOMEN', 'ANKLE', 'ARM', 'BRAIN', 'BREAST', 'CHEST', 'CSPINE', 'ELBOW', 'EYE', 'FINGER', 'FOOT', 'HAND',
      'HEAD', 'HEART', 'HIP', 'KIDNEY', 'KNEE', 'LEG', 'LIVER', 'LSPINE', 'LUNG', 'NECK', 'PELVIS', 'PROSTATE',
      'RETINA', 'SHOULDER', 'SKIN', 'SKULL', 'SPINE', 'TSPINE', 'WRIST'),
  ],
  [
    'viewPosition',
    'x00185101',
    // biome-ignore format: a list of codes
    oneOf('AP', 'PA', 'LL', 'RL', 'LLD', 'RLD', 'LLO', 'RLO', 'LATERAL', 'CC', 'MLO', 'ML', 'LM', 'LMO', 'XCCL', 'XCC'),
  ],
  ['laterality', 'x00200060', sides],
  ['imageLaterality', 'x00200062', sides],
  ['sex', 'x00100040', oneOf('F', 'M', 'O')],
  ['ageYears', 'x00101010', years],
  ['photometric', 'x00280004', oneOf(...photometrics)],
  ['rows', 'x00280010', count],
  ['columns', 'x00280011', count],
  ['frames', 'x00280008', wholeNumber],
  ['bitsStored', 'x00280101', count],
  ['rowSpacing', 'x00280030', millimetres(0)],
  ['columnSpacing', 'x00280030', millimetres(1)],
  ['detectorRowSpacing', 'x00181164', millimetres(0)],
  ['detectorColumnSpacing', 'x00181164', millimetres(1)],
];

export const attributeNames: readonly string[] = whitelist.map(([name]) => name);

/** The whitelisted attributes of a data set. They identify no patient, place, date or staff. */
export function deidentify(data: DataSet): Attributes {
  const found = whitelist.map(([name, tag, read]) => [name, read(data, tag)] as const);
  return Object.fromEntries(
    found.filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
}

/**
 * Pseudonym of an identifier: 128 bits of HMAC-SHA-256, hexadecimal. Equal salts give equal pseudonyms.
 * Without the salt, identifiers cannot be recovered by exhaustive search.
 */
export const hashIdentifier = (salt: string, value: string): string =>
  createHmac('sha256', salt).update(value.trim()).digest('hex').slice(0, 32);

/** Pseudonym of the patient; `undefined` where the file has no patient identifier. */
export function patientPseudonym(
  data: DataSet,
  salt: string,
  as: (identifier: string) => string = (identifier) => identifier,
): string | undefined {
  const id = data.string('x00100020')?.trim();
  return id === undefined || id === '' ? undefined : hashIdentifier(salt, as(id));
}
