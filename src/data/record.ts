/** A finding's place: `[x, y, width, height]` in pixels of the original image, 0-based, half-open. */
export interface Box {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly reader?: string;
}

/** A finding's exact place, in the ways that archives write it down; all in pixels of the original image. */
export type Region =
  | { readonly kind: 'file'; readonly label: string; readonly path: string }
  | {
      readonly kind: 'polygon';
      readonly label: string;
      readonly points: readonly (readonly [number, number])[];
    }
  | {
      readonly kind: 'circle';
      readonly label: string;
      readonly x: number;
      readonly y: number;
      readonly radius: number;
    }
  /** Pairs of start and length, 0-based, over the image read row by row or column by column. */
  | {
      readonly kind: 'runs';
      readonly label: string;
      readonly runs: readonly number[];
      readonly order: 'rows' | 'columns';
    };

/** One image of an archive with all that its annotations say, before any task is made of it. */
export interface ImageRecord {
  /** Unique in its data set and free of patient identifiers. */
  readonly id: string;
  /** Salted hash of the patient, or the image's own id where the archive does not say. Splits never cut it. */
  readonly patient: string;
  readonly path: string;
  readonly frame?: number;
  readonly width?: number;
  readonly height?: number;
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
  /** Findings that the archive states for the whole image; `undefined` where it states none. */
  readonly findings?: readonly string[];
  readonly site?: string;
  readonly split?: Split;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

export type Split = 'train' | 'validation' | 'test';

/** Where a problem was met while reading an archive; problems are counted and shown, never dropped. */
export interface Problem {
  readonly image: string;
  readonly problem: string;
}

export interface Archive {
  readonly name: string;
  readonly findings: readonly string[];
  readonly records: readonly ImageRecord[];
  readonly problems: readonly Problem[];
}
