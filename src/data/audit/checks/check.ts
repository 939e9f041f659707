import type { OptionSpecs, OptionValues } from '../../../base/options.js';
import type { Random } from '../../../base/random.js';
import type { RunContext } from '../../../base/run.js';
import type { Rectangle } from '../../geometry/frame.js';
import type { Split } from '../../record.js';
import type { Audited, Picture } from './audited.js';

/** `error`: numbers made with this set would be wrong; `warning`: they may be; `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note';

export interface ImageRef {
  readonly dataset: string;
  readonly id: string;
  readonly split?: Split;
  /** Where to look, in original pixels. */
  readonly places?: readonly Rectangle[];
}

export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  /** Usually the image, or the pair of images. */
  readonly images: readonly ImageRef[];
  /** How sure or how strong, by the check's own measure. */
  readonly score?: number;
}

/** Looks for one thing that ruins a benchmark. */
export interface Check<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  readonly name: N;
  readonly doc: string;
  readonly options: S;
  /** Whether images have to be decoded for it. */
  readonly needsPixels: boolean;
  look(
    audited: Audited,
    options: OptionValues<S>,
    random: Random,
    run: RunContext,
  ): readonly Omit<Finding, 'check'>[] | Promise<readonly Omit<Finding, 'check'>[]>;
}

/** Declares a check; its name and its options keep their types. */
export function check<const N extends string, S extends OptionSpecs>(declared: Check<N, S>): Check<N, S> {
  return declared;
}

export const refOf = ({ dataset, record, split }: Picture, places?: readonly Rectangle[]): ImageRef => ({
  dataset,
  id: record.id,
  split,
  places,
});
