import { camelCase } from './names.js';

/**
 * Describes the first setting in which two configurations differ; `undefined` when they are equal. Accepts
 * the command-line spelling of options, which older runs stored.
 */
export function changedSetting(before: unknown, now: unknown): string | undefined {
  const [old, own] = [settings(before), settings(now)];
  for (const name of new Set([...own.keys(), ...old.keys()])) {
    if (old.get(name) === own.get(name)) continue;
    return `${name} was ${old.get(name) ?? 'not set'}, now ${own.get(name) ?? 'not set'}`;
  }
  return undefined;
}

function settings(value: unknown, prefix = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[prefix, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...settings(inner, prefix ? `${prefix}.${camelCase(key)}` : camelCase(key)),
    ]),
  );
}
