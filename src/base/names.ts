import { closest, distance } from 'fastest-levenshtein';
import { usageError } from './errors.js';

/** `lookUp({ rise }, 'rize', 'method')` throws: unknown method 'rize'; did you mean 'rise'? */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name] as T;
  throw unknownName(Object.keys(table), name, what);
}

/**
 * A registry's member by name, or the caller's own member as given. Throws for an unknown name, for an own
 * member whose name is taken, and for a name that cannot be a file or command name.
 */
export function memberOf<T extends { readonly name: string }>(
  registry: Readonly<Record<string, T>>,
  given: string | T,
  what: string,
): T {
  if (typeof given === 'string') return lookUp(registry, given, what);
  const { name } = given;
  if (Object.hasOwn(registry, name) && registry[name] !== given)
    throw usageError(`there is a ${what} '${name}' already; call your own otherwise`);
  if (!/^[a-z0-9][a-z0-9+-]*$/.test(name))
    throw usageError(`a ${what} can't be called '${name}': small letters, digits, - and + make a name`);
  return given;
}

export function unknownName(known: readonly string[], name: string, what: string) {
  const hint = known.length > 0 ? `did you mean '${nearest(known, name)}'?` : 'none is known';
  return usageError(`unknown ${what} '${name}'; ${hint} (known: ${known.join(', ') || 'none'})`);
}

/** The closest known name: a few letters away, else one that contains the word: `iou` for `iou-otsu`. */
function nearest(known: readonly string[], name: string): string {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}+]/gu, '');
  const given = plain(name);
  const closestOf = (among: readonly string[]) =>
    among[among.map(plain).indexOf(closest(given, among.map(plain)))]!;
  const near = closestOf(known);
  if (given.length < 2 || distance(given, plain(near)) <= 1 + given.length / 5) return near;
  const whole = known.filter((one) => plain(one).includes(given));
  return whole.length > 0 ? closestOf(whole) : near;
}

/** An option's name as a command line spells it: `zeroBias` is `zero-bias`. */
export const kebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option's name as TypeScript spells it, from either spelling. */
export const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const spelledBy =
  (spell: (name: string) => string) =>
  (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [spell(name), value]));

export const kebabKeys = spelledBy(kebabCase);
export const camelKeys = spelledBy(camelCase);
