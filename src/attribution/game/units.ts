import { usageError } from '../../base/errors.js';

/**
 * The number of units of `unit` evaluations: those of the option `samples`, or as many as a budget of
 * evaluations holds besides the two of the whole and of nothing. Throws where a budget holds none.
 */
export function unitsOf(
  { budget, samples }: { readonly budget?: number | undefined; readonly samples: number },
  unit: number,
): number {
  if (budget === undefined) return samples;
  const units = Math.floor((budget - 2) / Math.max(1, unit));
  if (units >= 1) return units;
  throw usageError(
    `option 'budget' got ${budget}; with this number of segments the method needs at least ${unit + 2} evaluations`,
  );
}
