import type { OptionSpecs, OptionValues } from '../../../base/options.js';
import type { Random } from '../../../base/random.js';
import type { RunContext } from '../../../base/run.js';
import type { Rectangle } from '../../geometry/frame.js';
import type { Split } from '../../record.js';
import type { Audited, Picture } from './audited.js';

/** `error`: results on this data are wrong; `warning`: they may be wrong; `note`: information. */
export type Severity = 'error' | 'warning' | 'note';

export interface ImageRef {
  readonly dataset: string;
  readonly id: string;
  readonly split?: Split;
  /** Rectangles to show, in original pixels. */
  readonly places?: readonly Rectangle[];
}

export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  /** The image concerned, or the pair of images. */
  readonly images: readonly ImageRef[];
  /** Confidence or strength; the scale depends on the check. */
  readonly score?: number;
}

/** Whether it is an error that ties images of several splits, so that a test set is not unseen. */
export const isLeak = ({ severity, images }: Pick<Finding, 'severity' | 'images'>): boolean =>
  severity === 'error' && new Set(images.flatMap(({ split }) => split ?? [])).size > 1;

/** A check for one kind of fault in a data set. */
export interface Check<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  readonly name: N;
  readonly doc: string;
  /** What of its kind it does not find, so that nobody takes a silent check for proof. */
  readonly misses?: string;
  /** What to do about its errors. */
  readonly remedy?: string;
  readonly options: S;
  /** Whether the check needs decoded images. */
  readonly needsPixels: boolean;
  /** Whether the check needs the places of images that stand out. */
  readonly needsKeypoints?: boolean;
  look(
    audited: Audited,
    options: OptionValues<S>,
    random: Random,
    run: RunContext,
  ): readonly Omit<Finding, 'check'>[] | Promise<readonly Omit<Finding, 'check'>[]>;
}

/** Declares a check and keeps the literal types of its name and options. */
export function check<const N extends string, S extends OptionSpecs>(declared: Check<N, S>): Check<N, S> {
  return declared;
}

export const refOf = ({ dataset, record, split }: Picture, places?: readonly Rectangle[]): ImageRef => ({
  dataset,
  id: record.id,
  split,
  places,
});
