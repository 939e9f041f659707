/** A bounding box of a finding, in pixels of the original image, 0-based, half-open. */
export interface Box {
  /** Name of the finding. */
  readonly label: string;
  /** Left edge in pixels. */
  readonly x: number;
  /** Top edge in pixels. */
  readonly y: number;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** The reader who drew the box, where several readers annotated. */
  readonly reader?: string;
}

/** The outline of a finding, in the forms that archives store, in pixels of the original image. */
export type Region =
  /** A mask image of the same size: from half of its maximum on, or where it has `value`, also a colour. */
  | {
      readonly kind: 'file';
      readonly label: string;
      readonly path: string;
      readonly value?: number | string;
      readonly parts?: Parts;
    }
  | {
      readonly kind: 'polygon';
      readonly label: string;
      readonly points: readonly (readonly [number, number])[];
      /** Set where it belongs to the region of another polygon, as those of one annotation do. */
      readonly part?: true;
    }
  | {
      readonly kind: 'circle';
      readonly label: string;
      readonly x: number;
      readonly y: number;
      readonly radius: number;
    }
  /** Pairs of start and length, 0-based, in row-major or column-major order. */
  | {
      readonly kind: 'runs';
      readonly label: string;
      readonly runs: readonly number[];
      readonly order: 'rows' | 'columns';
      readonly parts?: Parts;
    };

/** Rectangles around the connected parts of a region, where it has been rasterised to know them. */
export type Parts = readonly Pick<Box, 'x' | 'y' | 'width' | 'height'>[];

/** Whether a region is a further outline of another, with which it counts as one. */
export const isFurtherPart = (region: Region): boolean => region.kind === 'polygon' && region.part === true;

/** One image of an archive with all its annotations, before reformulation to a task. */
export interface ImageRecord {
  /** Unique in the data set; contains no patient identifier. */
  readonly id: string;
  /**
   * Salted hash of the patient, or the image's id where the patient is unknown. A split never separates
   * images of one patient.
   */
  readonly patient: string;
  /** Path of the image file. */
  readonly path: string;
  /** Frame index in a multi-frame file, from 0. */
  readonly frame?: number;
  /** In pixels; `undefined` where the annotations do not state it: see `withSizes`. */
  readonly width?: number;
  /** In pixels, as `width`. */
  readonly height?: number;
  /** Set where its annotations are of the picture as it is stored: its EXIF orientation is not applied. */
  readonly asStored?: true;
  /** Annotated boxes. */
  readonly boxes: readonly Box[];
  /** Annotated outlines. */
  readonly regions: readonly Region[];
  /** Findings stated for the whole image; `undefined` where the archive states none. */
  readonly findings?: readonly string[];
  /**
   * `false` where the image has no localised annotation, so an absent box is no negative. Otherwise omitted.
   */
  readonly annotated?: false;
  /** Hospital or scanner, where known. */
  readonly site?: string;
  /** Official split, where the archive has one. */
  readonly split?: Split;
  /** Other image attributes by name, such as age, view or grade. */
  readonly attributes?: Readonly<Record<string, string | number>>;
}

export type Split = 'train' | 'validation' | 'test';

/**
 * Kinds of problems in an archive. `degenerate`: a box or region without area; omitted. `outside`: it does
 * not intersect its image; omitted. `clipped`: it exceeded its image by more than a pixel and was clipped.
 * `tiny`: a box is less than 2 pixels wide or high; kept.
 * `mended`: the corners of a box were swapped, or a label was read as another. `rescaled`: the image file has
 * another size than the annotated image. `renamed`: the annotation's image name differs in case or Unicode
 * form. `unreadable`: a mask of it cannot be read. `left-out`: the image is omitted, because its annotations
 * are unusable and it would count as negative. `no-split`: it has none of the splits that others state, so
 * that none is followed. `blank`: all pixels have one value. `odd-values`: some have no value, or more bits
 * than the file declares. `uneven-pixels`: they are no squares. `burned-in`: its file says that text is part
 * of the picture. `unused-masks`: it is the first of files that are masks of others and are not used.
 */
export const problemKinds = [
  ...([
    'degenerate',
    'outside',
    'clipped',
    'tiny',
    'missing-image',
    'missing-annotation',
    'duplicate',
  ] as const),
  ...(['inconsistent', 'mended', 'rescaled', 'renamed', 'unreadable', 'left-out'] as const),
  ...(['no-patient', 'no-split', 'many-frames', 'blank', 'odd-values'] as const),
  ...(['uneven-pixels', 'burned-in', 'unused-masks'] as const),
] as const;
export type ProblemKind = (typeof problemKinds)[number];

/** A problem found while reading an archive. */
export interface Problem {
  /** Id of the record. */
  readonly image: string;
  readonly problem: string;
  readonly kind?: ProblemKind;
  /** The box or region concerned. */
  readonly place?: {
    readonly kind: 'box' | 'region';
    readonly label: string;
    /** As that of a polygon. */
    readonly part?: true | undefined;
  };
}

/**
 * Relates an attribute of the whole image, such as a grade, to findings that must or must not be annotated.
 */
export interface Grading {
  readonly attribute: string;
  readonly findings: readonly string[];
  /** From this value on, at least one of the findings should be annotated. */
  readonly shown: number;
  /** Up to this value, none should be annotated. */
  readonly bare?: number;
}

/** The records of an archive of annotated images, without pixels. */
export interface Archive {
  /** Name of the data set. */
  readonly name: string;
  /** Names of all findings that the archive annotates. */
  readonly findings: readonly string[];
  /** What the data set calls images without any finding, where it has one name for all of them. */
  readonly nothing?: string;
  /** One record per image. */
  readonly records: readonly ImageRecord[];
  /** Problems in the annotations; the records hold what is usable. */
  readonly problems: readonly Problem[];
  /** Images that were left out, so that they can be named. */
  readonly leftOut?: readonly Pick<ImageRecord, 'id' | 'path'>[];
  /** `official`: the archive's own split is the default. */
  readonly splitBy?: 'official';
  /** The findings whose boxes outline the anatomy that can hold a disease, such as both lungs. */
  readonly anatomy?: readonly string[];
  /** The attribute that states which images should have annotations, where there is one. */
  readonly grading?: Grading;
}
