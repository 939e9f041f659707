import type { Archive, ImageRecord, Split } from '../../record.js';
import type { Fingerprint } from './fingerprint.js';

/** An archive to look through; `splits` by record id where it is split otherwise than its own records say. */
export interface AuditInput {
  readonly archive: Archive;
  readonly splits?: ReadonlyMap<string, Split>;
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
