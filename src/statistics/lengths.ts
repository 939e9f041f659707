import { inputError } from '../base/errors.js';
import { counted } from '../base/names.js';

/** Throws where values that are compared one by one are not as many on both sides. */
export function sameLength(test: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>): void {
  if (a.length !== b.length)
    throw inputError(
      `${test}: ${counted(a.length, 'value')} beside ${b.length}; it compares them in pairs, and takes as many of both`,
    );
}

/** Whether a sample is empty or holds a value that is no number, so that nothing can be told of it. */
export const isUndefined = (values: readonly number[]): boolean =>
  values.length === 0 || values.some(Number.isNaN);
