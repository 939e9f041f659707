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
  /** A picture of the image's size: what is at least half as bright as its brightest pixel is inside. */
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
  /**
   * Salted hash of the patient, or the image's own id where the archive does not say. Splits never cut it.
   */
  readonly patient: string;
  readonly path: string;
  readonly frame?: number;
  readonly width?: number;
  readonly height?: number;
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
  /** Findings that the archive states for the whole image; `undefined` where it states none. */
  readonly findings?: readonly string[];
  /**
   * `false` where nobody marked places in this image, so that the lack of a box says nothing; otherwise left
   * out.
   */
  readonly annotated?: false;
  readonly site?: string;
  readonly split?: Split;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

export type Split = 'train' | 'validation' | 'test';

/**
 * What an archive gets wrong. A degenerate box has no area, an outside box shares none with its image: both
 * are kept out of `boxes`. A clipped box stood out of its image by more than a pixel and was cut to it. The
 * like for regions.
 */
export type ProblemKind =
  | 'degenerate'
  | 'outside'
  | 'clipped'
  | 'missing-image'
  | 'missing-annotation'
  | 'duplicate'
  | 'inconsistent';

/** Where a problem was met while reading an archive; problems are counted and shown, never dropped. */
export interface Problem {
  /** The record's id. */
  readonly image: string;
  readonly problem: string;
  readonly kind?: ProblemKind;
  /** The box or region that it is about. */
  readonly place?: { readonly kind: 'box' | 'region'; readonly label: string };
}

/** An attribute of the whole image that tells whether one of some findings should be marked in it. */
export interface Grading {
  readonly attribute: string;
  readonly findings: readonly string[];
  /** From this value on one of them should be marked. */
  readonly shown: number;
  /** Up to this value none should. */
  readonly bare?: number;
}

export interface Archive {
  readonly name: string;
  readonly findings: readonly string[];
  readonly records: readonly ImageRecord[];
  readonly problems: readonly Problem[];
  readonly grading?: Grading;
}
