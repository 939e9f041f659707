import { closest } from 'fastest-levenshtein';
import { usageError } from './errors.js';

/** `lookUp({ rise }, 'rize', 'method')` throws: unknown method 'rize'; did you mean 'rise'? */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name] as T;
  throw unknownName(Object.keys(table), name, what);
}

export function unknownName(known: readonly string[], name: string, what: string) {
  const nearest = known.length > 0 ? closest(name, known as string[]) : undefined;
  const hint = nearest === undefined ? 'none is known' : `did you mean '${nearest}'?`;
  return usageError(`unknown ${what} '${name}'; ${hint} (known: ${known.join(', ') || 'none'})`);
}
