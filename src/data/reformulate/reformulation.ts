import type { OptionSpecs, OptionValues } from '../../base/options.js';
import type { Random } from '../../base/random.js';
import type { Rectangle } from '../geometry/frame.js';
import type { Archive, Box, ImageRecord, Region } from '../record.js';

/** How one sample is made from an image, without pixels. */
export interface Recipe {
  readonly id: string;
  readonly record: ImageRecord;
  /** The crop in whole original pixels; the whole image where omitted. */
  readonly crop?: Rectangle;
  readonly labels: readonly number[];
  /** Of a regression: the number to predict. */
  readonly value?: number;
  /** Evidence of the class, in original pixels. */
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
  /** Where classes do not exclude each other: the findings that `labels` name, in their order. */
  readonly findings?: readonly string[];
}

export interface Reformulated {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** Whether each recipe has a number to predict, which the only class names. */
  readonly regression?: true;
  /** In the order of the records. */
  readonly recipes: readonly Recipe[];
  /** Sample counts by class, and counts of omitted or doubtful images. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Turns an archive's annotations into a classification task, or into a regression. */
export interface Reformulation<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  readonly name: N;
  readonly doc: string;
  readonly options: S;
  /** Whether image sizes must be known. */
  readonly needsSize: boolean;
  /** Findings whose marked pixels must be known, not only their boxes. */
  needsMarks?(archive: Archive, options: OptionValues<S>): readonly string[];
  /** Whether images must be read to separate tissue from background. */
  needsTissue?(options: OptionValues<S>): boolean;
  reformulate(
    archive: Archive,
    options: OptionValues<S>,
    random: Random,
    marked: Marked,
    tissue: Tissue,
  ): Reformulated;
}

/** What the regions of a finding mark. */
export interface Marked {
  /** Number of marked pixels of a window; `undefined` where the regions were not read. */
  (record: ImageRecord, finding: string, window: Rectangle): number | undefined;
  /** Rectangles around the connected parts of what is marked. */
  readonly parts?: (record: ImageRecord, finding: string) => readonly Rectangle[];
}

/** Share of a window that is neither black nor white; `undefined` where the image was not read. */
export type Tissue = (record: ImageRecord, window: Rectangle) => number | undefined;

/** Declares a reformulation and keeps the literal types of its name and options. */
export function reformulation<const N extends string, S extends OptionSpecs>(
  declared: Reformulation<N, S>,
): Reformulation<N, S> {
  return declared;
}
