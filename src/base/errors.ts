/** The kind of an error, for callers that handle kinds differently. `usage` is a wrong name or option. */
export type ErrorKind = 'usage' | 'input' | 'unsupported' | 'environment' | 'cancelled';

/**
 * An error that the user can correct. The message names the file or option, what was found and what is
 * accepted. Any other error is a bug.
 */
export class SightlineError extends Error {
  override readonly name = 'SightlineError';

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
    /** The options in the message, which the command line spells in kebab case. */
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

/** Rethrows an error with `name` before its message. Cancellations and other errors pass unchanged. */
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

/** The reason why a file operation failed, without the file's name; the message of any other error. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? messageOf(error);
}

/** The message of any thrown value, on one line. */
export function messageOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && 'path' in error) {
    const reason = reasons[String(error.code)];
    if (reason) return `${error.path}: ${reason}`;
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
