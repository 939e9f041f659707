import { closest, distance } from 'fastest-levenshtein';
import { usageError } from './errors.js';

/** A number of things in words: `1 image`, `2 images`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Things in words: `a`, `a and b`, `a, b and c`; with another word for the last, `a, b or c`. */
export const listed = (things: readonly string[], last: 'and' | 'or' = 'and'): string =>
  things.length < 2 ? things.join() : `${things.slice(0, -1).join(', ')} ${last} ${things.at(-1)}`;

/** Looks up a name in a table. Throws a usage error such as "unknown method 'rize'; did you mean 'rise'?". */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name] as T;
  throw unknownName(Object.keys(table), name, what);
}

/**
 * Returns a registered member by name, or the caller's own member unchanged. Throws a usage error for an
 * unknown name, and for an own member whose name is taken or is not a valid file and command name.
 */
export function memberOf<T extends { readonly name: string }>(
  registry: Readonly<Record<string, T>>,
  given: string | T,
  what: string,
): T {
  if (typeof given === 'string') return lookUp(registry, given, what);
  if (typeof given?.name !== 'string')
    throw usageError(
      `a ${what} is given by its name or as your own; got ${JSON.stringify(given)?.slice(0, 40)}`,
    );
  const { name } = given;
  if (Object.hasOwn(registry, name) && registry[name] !== given)
    throw usageError(`there is a ${what} '${name}' already; give your own another name`);
  if (!/^[a-z0-9][a-z0-9+-]*$/.test(name))
    throw usageError(`a ${what} can't be called '${name}': small letters, digits, - and + make a name`);
  return given;
}

export function unknownName(known: readonly string[], name: string, what: string) {
  const near = nearest(known, name);
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  return usageError(`unknown ${what} '${name}'${hint} (known: ${known.join(', ') || 'none'})`);
}

/**
 * The known name within a few typing errors (an edit distance of 2, or of 1 + length / 5), else the closest
 * that contains the word (`iou` finds `iou-otsu`); undefined where there is neither.
 */
function nearest(known: readonly string[], name: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}+]/gu, '');
  const given = plain(name);
  if (given.length < 2) return undefined;
  const closestOf = (among: readonly string[]) =>
    among.length === 0 ? undefined : among[among.map(plain).indexOf(closest(given, among.map(plain)))];
  const near = closestOf(known);
  const few = Math.min(given.length - 1, Math.max(2, 1 + given.length / 5));
  if (near !== undefined && distance(given, plain(near)) <= few) return near;
  return closestOf(known.filter((one) => plain(one).includes(given)));
}

/** Converts an option's name to its command-line spelling: `zeroBias` to `zero-bias`. */
export const kebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Converts an option's name to its TypeScript spelling: `zero-bias` to `zeroBias`. */
export const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const spelledBy =
  (spell: (name: string) => string) =>
  (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [spell(name), value]));

export const kebabKeys = spelledBy(kebabCase);
export const camelKeys = spelledBy(camelCase);
