import type { OptionSpecs, OptionValues } from '../../base/options.js';
import type { Random } from '../../base/random.js';
import type { Rectangle } from '../geometry/frame.js';
import type { Archive, Box, ImageRecord, Region } from '../record.js';

/** How one sample is made of an image: no pixels yet. */
export interface Recipe {
  readonly id: string;
  readonly record: ImageRecord;
  /** The part of the original that is shown, in its whole pixels; all of it where there is none. */
  readonly crop?: Rectangle;
  readonly labels: readonly number[];
  /** Where the class comes from, in original pixels. */
  readonly boxes: readonly Box[];
  readonly regions: readonly Region[];
}

export interface Reformulated {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** In the order of the records. */
  readonly recipes: readonly Recipe[];
  /** Samples by class, and everything that was left out or in doubt, by what it is. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A way to make a classification task of an archive's annotations. */
export interface Reformulation<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  readonly name: N;
  readonly doc: string;
  readonly options: S;
  /** Whether the images' sizes must be known. */
  readonly needsSize: boolean;
  /** Findings of which the marked pixels must be known, not the boxes alone. */
  needsMarks?(archive: Archive, options: OptionValues<S>): readonly string[];
  /** Whether the pictures must be seen, to tell tissue from black or white around it. */
  needsTissue?(options: OptionValues<S>): boolean;
  reformulate(
    archive: Archive,
    options: OptionValues<S>,
    random: Random,
    marked: Marked,
    tissue: Tissue,
  ): Reformulated;
}

/**
 * How many pixels of a window of an image are marked as a finding by its regions; `undefined` where nobody
 * has read them.
 */
export type Marked = (record: ImageRecord, finding: string, window: Rectangle) => number | undefined;

/** The share of a window of an image that is neither black nor white; `undefined` where nobody has looked. */
export type Tissue = (record: ImageRecord, window: Rectangle) => number | undefined;

/** Declares a reformulation; its name and its options keep their types. */
export function reformulation<const N extends string, S extends OptionSpecs>(
  declared: Reformulation<N, S>,
): Reformulation<N, S> {
  return declared;
}
