import type { Print } from '../../prepare/pictures/print.js';
import type { Archive, ImageRecord, Split } from '../../record.js';
import type { Fingerprint } from './fingerprint.js';

/** An archive to audit. `splits` maps record ids to splits and overrides the records' own `split`. */
export interface AuditInput {
  readonly archive: Archive;
  readonly splits?: ReadonlyMap<string, Split>;
  /** The source images of its tiles or small images. Duplicate checks compare these instead. */
  readonly pictures?: readonly Picture[];
  /** What limits the comparison of its pictures. */
  readonly doubt?: string;
  /** What its records are where they are parts of images. */
  readonly parts?: Parts;
  /** The classes of its records by id, where they are others than the findings that these show. */
  readonly classes?: ReadonlyMap<string, readonly string[]>;
}

/** What parts of images are called, and of how many images they are. */
export interface Parts {
  readonly unit: 'tile' | 'crop';
  readonly of: number;
}

/** A source image, with the data that duplicate checks need. */
export interface Picture {
  readonly dataset: string;
  readonly record: Pick<ImageRecord, 'id' | 'patient'>;
  readonly split?: Split;
  /** The findings that it is said to show; `undefined` where nobody says, or where they are of its tiles. */
  readonly labels?: readonly string[] | undefined;
  readonly print?: Print;
}

/** One image of an archive. */
export interface Item {
  readonly dataset: string;
  /** What it is where it is no whole image. */
  readonly unit?: Parts['unit'];
  readonly record: ImageRecord;
  readonly split?: Split;
  readonly labels?: readonly string[] | undefined;
  /** What a model learns to tell of it; `undefined` where nobody says. */
  readonly classes?: readonly string[] | undefined;
  /** `undefined` where the image cannot be decoded or no check needs pixels. */
  readonly print?: Fingerprint;
}

export interface Audited {
  readonly archives: readonly Archive[];
  readonly items: readonly Item[];
  /** Source images: the items themselves, or the images that tiles were cut from. */
  readonly pictures: readonly Picture[];
}

export function itemsOf(inputs: readonly AuditInput[]): Item[] {
  return inputs.flatMap(({ archive, splits, parts, classes }) =>
    archive.records.map((record) => ({
      dataset: archive.name,
      ...(parts && { unit: parts.unit }),
      record,
      split: splits === undefined ? record.split : splits.get(record.id),
      labels: labelsOf(record),
      classes: classes?.get(record.id) ?? labelsOf(record),
    })),
  );
}

/** The findings that a record is said to show; `undefined` where nobody says. */
export function labelsOf({
  annotated,
  findings,
  boxes,
  regions,
}: ImageRecord): readonly string[] | undefined {
  if (findings !== undefined) return findings;
  if (annotated === false) return undefined;
  return [...new Set([...boxes, ...regions].map(({ label }) => label))];
}
