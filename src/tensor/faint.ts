import { extent } from './quantile.js';

/** The share of the range of an input's values below which a change of them hardly changes the input. */
const FAINT = 0.002;

/** Whether a change of values is faint beside the range that they have in one input. */
export function isFaint(change: number, values: ArrayLike<number>): boolean {
  const { low, high } = extent(values);
  return change < FAINT * (high - low);
}

/** What is told of a faint change of an input: `change` says which and how great, `option` what to turn. */
export const faintNote = (change: string, option: string): string =>
  `${change} is less than ${100 * FAINT} % of the range of the input's values: the changed inputs hardly differ from it (option ${option})`;
