import { SightlineError } from '../../../base/errors.js';

/** The error of a graph whose batch cannot be opened, though it may be run on one sample after another. */
export class BatchError extends SightlineError {
  constructor(message: string) {
    super('unsupported', message);
  }
}
