import { closest, distance } from 'fastest-levenshtein';
import { usageError } from './errors.js';

/** `lookUp({ rise }, 'rize', 'method')` throws: unknown method 'rize'; did you mean 'rise'? */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name] as T;
  throw unknownName(Object.keys(table), name, what);
}

export function unknownName(known: readonly string[], name: string, what: string) {
  const hint = known.length > 0 ? `did you mean '${nearest(known, name)}'?` : 'none is known';
  return usageError(`unknown ${what} '${name}'; ${hint} (known: ${known.join(', ') || 'none'})`);
}

/** A slip of the pen is meant for the word that is a few letters away, else a part of a word for that word: `iou` for `iou-otsu`. */
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
