/** What went wrong, as far as a caller has to act differently. `usage` is a mistake in a name or an option. */
export type ErrorKind = 'usage' | 'input' | 'unsupported' | 'environment' | 'cancelled';

/**
 * An error that a person can act on: the message names the file or option, what was found and what is accepted.
 * Anything else that is thrown is a defect.
 */
export class SightlineError extends Error {
  override readonly name = 'SightlineError';

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const usageError = (message: string) => new SightlineError('usage', message);
export const inputError = (message: string, cause?: unknown) =>
  new SightlineError('input', message, { cause });
export const unsupported = (message: string) => new SightlineError('unsupported', message);
export const environmentError = (message: string) => new SightlineError('environment', message);

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
