/** What kind of error this is, where callers act differently. `usage` is a mistake in a name or an option. */
export type ErrorKind = 'usage' | 'input' | 'unsupported' | 'environment' | 'cancelled';

/**
 * An error that the user can act on: the message names the file or option, what was found and what is
 * accepted. Any other error is a bug.
 */
export class SightlineError extends Error {
  override readonly name = 'SightlineError';

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
    /** Options that the message names, which a command line spells differently. */
    readonly named: readonly string[] = [],
  ) {
    super(message, options);
  }
}

export const usageError = (message: string) => new SightlineError('usage', message);
/** A usage error whose message names options. */
export const optionError = (message: string, ...named: readonly string[]) =>
  new SightlineError('usage', message, undefined, named);
export const inputError = (message: string, cause?: unknown) =>
  new SightlineError('input', message, { cause });
export const unsupported = (message: string) => new SightlineError('unsupported', message);
export const environmentError = (message: string) => new SightlineError('environment', message);

/** Throws an error with the name of what it is about before its message, unless work was stopped. */
export const speakingOf =
  (name: string) =>
  (error: unknown): never => {
    throw error instanceof SightlineError && error.kind !== 'cancelled'
      ? new SightlineError(error.kind, `${name}: ${error.message}`)
      : error;
  };

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file is in the way',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

/** Why a file could not be read or written, without its name; for other errors, their message. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? messageOf(error);
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && 'path' in error) {
    const reason = reasons[String(error.code)];
    if (reason) return `${error.path}: ${reason}`;
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
