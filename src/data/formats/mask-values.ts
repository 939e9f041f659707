import { inputError, usageError } from '../../base/errors.js';

/** What the values of label maps stand for; those without a label are ignored. */
export type MaskValues = ReadonlyMap<number, string | undefined>;

const takes =
  'it takes value=label, ... such as 1=lung,2=heart, each value a whole number above 0 (0 is the background), and ignore for a value that stands for nothing (255=ignore)';

/** Reads option values of folders of masks; `undefined` where it is empty. */
export function maskValues(given: string): MaskValues | undefined {
  if (given.trim() === '') return undefined;
  const values = new Map<number, string | undefined>();
  for (const part of given.split(',').map((text) => text.trim())) {
    const [, number, label] = /^(\d{1,9})\s*=\s*(.*\S)$/.exec(part) ?? [];
    const value = Number(number);
    const why = values.has(value) ? 'a value twice' : `'${part}'`;
    if (!(value > 0) || label === undefined || values.has(value))
      throw usageError(`option 'values' of folder got ${why}; ${takes}`);
    values.set(value, label === 'ignore' ? undefined : label);
  }
  if ([...values.values()].every((label) => label === undefined))
    throw usageError(`option 'values' of folder got '${given}', which names no structure; ${takes}`);
  return values;
}

/** The labels in the order of their values, each once. */
export const labelsIn = (values: MaskValues): readonly string[] => [
  ...new Set(
    [...values].sort(([a], [b]) => a - b).flatMap(([, label]) => (label === undefined ? [] : [label])),
  ),
];

/** Throws, naming the file, where a label map holds a value that option values does not name. */
export function checkNamed(path: string, counts: ReadonlyMap<number, number>, values: MaskValues): void {
  const unnamed = [...counts].filter(([value]) => value !== 0 && !values.has(value));
  if (unnamed.length === 0) return;
  const found = unnamed.slice(0, 8).map(([value, count]) => `${value} (${count} pixels)`);
  const more = unnamed.length > found.length ? ` and ${unnamed.length - found.length} others` : '';
  throw inputError(
    `${path}: the label map holds the ${unnamed.length === 1 ? 'value' : 'values'} ${found.join(', ')}${more}, and option values names ${[...values.keys()].join(', ')} alone (${unnamed[0]![0]}=LABEL names it, ${unnamed[0]![0]}=ignore takes it for background)`,
  );
}
