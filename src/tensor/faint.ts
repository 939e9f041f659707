import { extent } from './quantile.js';

/** The share of the range of an input's values below which a change of them hardly changes the input. */
const FAINT = 0.002;

/** That share in percent, for notes. */
export const faintPercent = 100 * FAINT;

/** Whether a change of values is faint beside the range that they have in one input. */
export function isFaint(change: number, values: ArrayLike<number>): boolean {
  const { low, high } = extent(values);
  return change < FAINT * (high - low);
}
