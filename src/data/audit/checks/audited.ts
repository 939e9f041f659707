import type { Print } from '../../prepare/pictures/print.js';
import type { Archive, ImageRecord, Split } from '../../record.js';
import type { Fingerprint } from './fingerprint.js';

/** An archive to look through; `splits` by record id where it is split otherwise than its own records say. */
export interface AuditInput {
  readonly archive: Archive;
  readonly splits?: ReadonlyMap<string, Split>;
  /** The pictures that its tiles were cut from: an audit compares these, not their parts. */
  readonly pictures?: readonly Picture[];
}

/** A whole picture, as far as it has to be told from others. */
export interface Picture {
  readonly dataset: string;
  readonly record: Pick<ImageRecord, 'id' | 'patient'>;
  readonly split?: Split;
  readonly print?: Print;
}

/** One image of one of the archives. */
export interface Item {
  readonly dataset: string;
  readonly record: ImageRecord;
  readonly split?: Split;
  /** `undefined` where the image could not be read, or no check looks at pixels. */
  readonly print?: Fingerprint;
}

export interface Audited {
  readonly archives: readonly Archive[];
  readonly items: readonly Item[];
  /** Whole pictures: the items themselves, or what they were cut from. */
  readonly pictures: readonly Picture[];
}

export function itemsOf(inputs: readonly AuditInput[]): Item[] {
  return inputs.flatMap(({ archive, splits }) =>
    archive.records.map((record) => ({
      dataset: archive.name,
      record,
      split: splits === undefined ? record.split : splits.get(record.id),
    })),
  );
}
