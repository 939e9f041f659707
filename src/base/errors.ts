/**
 * The kind of an error, for callers that handle kinds differently. `usage` is a wrong name or option, `limit`
 * is time or memory that an engine may not take: nothing tries that again.
 */
export type ErrorKind = 'usage' | 'input' | 'unsupported' | 'environment' | 'limit' | 'cancelled';

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
    super(printable(message), options);
  }
}

/**
 * Escapes control characters and bidirectional overrides as JSON does. File names may contain them, and a
 * terminal would act on them.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const short = JSON.stringify(character);
    return short.length > 3
      ? short.slice(1, -1)
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

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
  ENXIO: 'it is a socket or a device',
  ENODEV: 'it is a device',
  ELOOP: 'its links lead in a circle',
};

/** The reason why a file operation failed, without the file's name; the message of any other error. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE')
    return 'its name holds a null character';
  if (!isOfSystem(error)) return messageOf(error);
  return reasons[error.code] ?? `the system refuses it (${error.code})`;
}

/** Whether an error comes from a system call. */
export const isOfSystem = (
  error: unknown,
): error is Error & { readonly code: string; readonly path?: unknown } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';

/**
 * The text that a user sees of a thrown value: the message of a `SightlineError` or of a system error. Any
 * other error is a bug, whose message and stack are not shown.
 */
export const toldOf = (error: unknown): string =>
  error instanceof SightlineError || isOfSystem(error)
    ? messageOf(error)
    : 'this failed by a fault of Sightline itself; SIGHTLINE_DEBUG=1 shows where, please report it';

/** The message of any thrown value, on one line. */
export function messageOf(error: unknown): string {
  if (isOfSystem(error) && typeof error.path === 'string') return `${error.path}: ${reasonOf(error)}`;
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}

/**
 * Rewords a library's error about a damaged archive with `say`. Keeps own errors and errors of the file
 * system.
 */
export function inOurWords(error: unknown, say: (text: string) => Error): unknown {
  const known = error instanceof SightlineError || (error instanceof Error && 'syscall' in error);
  return known ? error : say(messageOf(error));
}
