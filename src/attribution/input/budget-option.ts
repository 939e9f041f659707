import { integer, type Option, optional } from '../../base/options.js';

/** An option for the model evaluations of one sample, in place of the option `instead`. */
export const budgetOption = (instead: string): Option<number | undefined> =>
  optional(
    integer({
      doc: `model evaluations for one sample, in place of the ${instead}`,
      default: 0,
      min: 3,
      max: 10_000_000,
    }),
  );
