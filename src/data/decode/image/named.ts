import { inputError, SightlineError } from '../../../base/errors.js';
import { isStopped } from '../../../base/run.js';

/**
 * Prefixes an error's message with the file's name. dicom-parser throws strings for truncated values, and the
 * engine throws RangeError for impossible sizes; both become input errors.
 */
export function named(error: unknown, name: string): unknown {
  if (isStopped(error)) return error;
  if (error instanceof SightlineError) {
    return new SightlineError(error.kind, `${name}: ${error.message}`, { cause: error.cause });
  }
  if (error instanceof RangeError || typeof error === 'string') {
    return inputError(`${name}: it is damaged: a value in it is cut off or impossible`, error);
  }
  return error;
}
