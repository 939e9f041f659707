import { camelCase } from './names.js';

/** Describes the first setting in which two configurations differ; `undefined` when they are equal. */
export function changedSetting(before: unknown, now: unknown): string | undefined {
  return firstChange(before, now)?.said;
}

/**
 * The name of the first setting in which two configurations differ, and how. Accepts the command-line
 * spelling of options, which older runs stored.
 */
export function firstChange(before: unknown, now: unknown) {
  const [old, own] = [settings(before), settings(now)];
  const name = [...own.keys(), ...old.keys()].find((one) => old.get(one) !== own.get(one));
  if (name === undefined) return undefined;
  return { name, said: `${name} was ${old.get(name) ?? 'not set'}, now ${own.get(name) ?? 'not set'}` };
}

function settings(value: unknown, prefix = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[prefix, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...settings(inner, prefix ? `${prefix}.${camelCase(key)}` : camelCase(key)),
    ]),
  );
}
