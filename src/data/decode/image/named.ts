import { inputError, messageOf, SightlineError } from '../../../base/errors.js';
import { isStopped } from '../../../base/run.js';

/**
 * Puts the file's name in front of the message. dicom-parser throws texts where a value is cut off, and the
 * engine range errors where a size is impossible: both are faults of the file.
 */
export function named(error: unknown, name: string): unknown {
  if (isStopped(error)) return error;
  if (error instanceof SightlineError) {
    return new SightlineError(error.kind, `${name}: ${error.message}`, { cause: error.cause });
  }
  if (error instanceof RangeError || typeof error === 'string') {
    return inputError(`${name}: it is damaged (${messageOf(error)})`, error);
  }
  return error;
}
