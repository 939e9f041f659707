import { z } from 'zod/mini';
import { inputError, messageOf } from './errors.js';
import { jsonFault } from './json-extent.js';

/** A schema of a JSON value, based on zod. */
export type Schema<T> = z.ZodMiniType<T>;

/** Maximum size of a JSON file in bytes; V8's strings are limited to little more. */
export const maximumJson = 448 * 2 ** 20;

/**
 * Parses a JSON text within `jsonLimits` and checks it against a schema. Throws an input error on one line
 * that names the source, the field, what was found and what is accepted, followed by `advice` if given.
 */
export function parseJson<T>(text: string, schema: Schema<T>, source: string, advice?: string): T {
  const more = advice ? `; ${advice}` : '';
  const fault = jsonFault(text);
  if (fault !== undefined) throw inputError(`${source}: ${fault}${more}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's message quotes the text, which may contain patient identifiers; this keeps only the position.
    const told = messageOf(error);
    const place = told.startsWith('Unexpected end') ? 'its end' : /position \d+/.exec(told)?.[0];
    const why = told.includes('after JSON')
      ? 'it goes on after a first value, as JSON Lines do'
      : /[:[,]\s*-?(NaN|Infinity)\b/.test(text)
        ? 'it holds NaN or Infinity, which JSON has not'
        : place && `fault at ${place}`;
    throw inputError(`${source}: no JSON${why ? ` (${why})` : ''}${more}`);
  }
  return checked(value, schema, source, [], advice);
}

/** Checks a parsed value, or the part of it at `path`. Throws as `parseJson` does. */
export function checked<T>(
  value: unknown,
  schema: Schema<T>,
  source: string,
  path: readonly PropertyKey[] = [],
  advice?: string,
): T {
  const read = schema.safeParse(value, { error: accepted, reportInput: true });
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const where = placeOf(source, [...path, ...issue.path]);
  throw inputError(
    `${where}: got ${shown(issue.input)}; it takes ${issue.message}${advice ? `; ${advice}` : ''}`,
  );
}

/** A schema for a list of finite numbers, of a given length or any. Fast for long lists. */
export const numbers = (length?: number): Schema<readonly number[]> =>
  z.custom<readonly number[]>(
    (value) => isNumbers(value) && (length === undefined || value.length === length),
    `a list of ${length ?? 'any number of'} numbers`,
  );

export const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => typeof n === 'number' && Number.isFinite(n));

/** Checks that the items of a list are lists of finite numbers. Accepts values that are not lists. */
export const listsOfNumbers = z.check<unknown>(({ value, issues }) => {
  if (!Array.isArray(value)) return;
  for (const [i, input] of value.entries()) {
    if (!isNumbers(input))
      issues.push({ code: 'custom', path: [i], input, message: 'a list of any number of numbers' });
  }
});

/** A schema with a fast path: values that `fits` accepts skip the slower schema. */
export const oftenFits = <T>(fits: (value: unknown) => boolean, schema: Schema<T>): Schema<T> =>
  z.custom<T>().check(({ value, issues }) => {
    if (fits(value)) return;
    const read = schema.safeParse(value, { error: accepted, reportInput: true });
    for (const { path, message, input } of read.error?.issues ?? [])
      issues.push({ code: 'custom', path, message, input });
  });

/** A schema for an integer of at least `least`. */
export function whole(least = 0): Schema<number> {
  const words = `a whole number of at least ${least}`;
  return z.int(words).check(z.minimum(least, words));
}

/** A schema for a text that is not blank; trims it. */
export const word: Schema<string> = z.pipe(
  z.string().check(z.regex(/\S/, 'a text')),
  z.transform((text) => text.trim()),
);

/** A schema for a number; reads null as NaN, which JSON lacks. */
export const measured: Schema<number> = z.pipe(
  z.nullable(z.number()),
  z.transform((value) => value ?? Number.NaN),
);

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** Describes what the schema of an issue accepts. */
function accepted(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'invalid_union':
      return issue.errors.map(([first]) => first?.message).join(', or ');
    default:
      return undefined;
  }
}

/** Formats a position in a JSON source, such as `file.json: annotations[3].bbox`. */
export function placeOf(source: string, path: readonly PropertyKey[]): string {
  const field = path.reduce<string>(
    (before, part) =>
      typeof part === 'number' ? `${before}[${part}]` : `${before}${before === '' ? '' : '.'}${String(part)}`,
    '',
  );
  return field === '' ? source : `${source}: ${field}`;
}

/** Formats a value on one line; describes long arrays and objects by their type. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) {
    const short = value.length <= 8 && value.every((one) => typeof one !== 'object' || one === null);
    return short ? cut(JSON.stringify(value)) : `a list of ${value.length}`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : cut(JSON.stringify(value));
}

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
