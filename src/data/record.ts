/**
 * A bounding box of a finding: `[x, y, width, height]` in pixels of the original image, 0-based, half-open.
 */
export interface Box {
  /** The finding's name. */
  readonly label: string;
  /** Left edge in pixels. */
  readonly x: number;
  /** Top edge in pixels. */
  readonly y: number;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Who drew the box, where several readers annotated. */
  readonly reader?: string;
}

/** A finding's exact outline, in the forms that archives store; all in pixels of the original image. */
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

/** One image of an archive with all its annotations, before a task is made of it. */
export interface ImageRecord {
  /** Unique in its data set and free of patient identifiers. */
  readonly id: string;
  /**
   * Salted hash of the patient, or the image's own id where the archive does not say. Splits never cut it.
   */
  readonly patient: string;
  /** The image file. */
  readonly path: string;
  /** Index of the frame in a multi-frame file, from 0. */
  readonly frame?: number;
  /** In pixels; `undefined` where the annotations do not say: see `withSizes`. */
  readonly width?: number;
  /** In pixels, as `width`. */
  readonly height?: number;
  /** Annotated boxes. */
  readonly boxes: readonly Box[];
  /** Annotated outlines. */
  readonly regions: readonly Region[];
  /** Findings that the archive states for the whole image; `undefined` where it states none. */
  readonly findings?: readonly string[];
  /**
   * `false` where nobody marked places in this image, so that the lack of a box says nothing; otherwise left
   * out.
   */
  readonly annotated?: false;
  /** The hospital or scanner, where the archive says. */
  readonly site?: string;
  /** The official split, where the archive has one. */
  readonly split?: Split;
  /** Other facts of the image by name, such as age, view or grade. */
  readonly attributes?: Readonly<Record<string, string | number>>;
}

export type Split = 'train' | 'validation' | 'test';

/**
 * What an archive gets wrong. A degenerate box has no area, an outside box shares none with its image: both
 * are kept out of `boxes`. A clipped box stood out of its image by more than a pixel and was cut to it. The
 * like for regions. Mended: a box's corners stood the wrong way round. Rescaled: the picture is a smaller or
 * larger copy of what was annotated. Renamed: the annotation's name for the image differs in case or Unicode
 * form. Left out: the image is no record, because its places are of no use and it would pass for one without
 * the finding.
 */
export const problemKinds = [
  ...(['degenerate', 'outside', 'clipped', 'missing-image', 'missing-annotation', 'duplicate'] as const),
  ...(['inconsistent', 'mended', 'rescaled', 'renamed', 'left-out', 'no-patient', 'many-frames'] as const),
] as const;
export type ProblemKind = (typeof problemKinds)[number];

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

/** An archive of annotated images as read: records of its images, no pixels. */
export interface Archive {
  /** The data set's name. */
  readonly name: string;
  /** Names of all findings that the archive annotates. */
  readonly findings: readonly string[];
  /** One record for each image. */
  readonly records: readonly ImageRecord[];
  /** What was wrong in the annotations; the records hold what is usable. */
  readonly problems: readonly Problem[];
  /** Whether the archive's own split holds unless another is asked for. */
  readonly splitBy?: 'official';
  /** An attribute that says which images should have annotated places, where the archive has one. */
  readonly grading?: Grading;
}
