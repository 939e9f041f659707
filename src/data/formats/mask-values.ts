import { inputError, usageError } from '../../base/errors.js';
import { isBackground, type MapValue } from '../geometry/label-map.js';

/** What the values of label maps stand for; those without a label are ignored. */
export type MaskValues = ReadonlyMap<MapValue, string | undefined>;

const takes =
  'it takes value=label, ... such as 1=lung,2=heart, each value a whole number above 0 (0 is the background), or colour=label, ... such as #ff0000=lung,#00ff00=heart (#000000 is the background), and ignore for what stands for nothing (255=ignore)';

/** Reads option values of folders of masks; `undefined` where it is empty. */
export function maskValues(given: string): MaskValues | undefined {
  if (given.trim() === '') return undefined;
  const values = new Map<MapValue, string | undefined>();
  for (const part of given.split(',').map((text) => text.trim())) {
    const [, number, colour, label] = /^(?:(\d{1,9})|(#[\da-f]{6}))\s*=\s*(.*\S)$/i.exec(part) ?? [];
    const value = colour?.toLowerCase() ?? Number(number);
    const why = values.has(value) ? 'a value twice' : `'${part}'`;
    if (Number.isNaN(value) || isBackground(value) || label === undefined || values.has(value))
      throw usageError(`option 'values' of folder got ${why}; ${takes}`);
    values.set(value, label === 'ignore' ? undefined : label);
  }
  if ([...values.values()].every((label) => label === undefined))
    throw usageError(`option 'values' of folder got '${given}', which names no structure; ${takes}`);
  if (new Set([...values.keys()].map((value) => typeof value)).size > 1)
    throw usageError(`option 'values' of folder got '${given}', numbers and colours; ${takes}`);
  return values;
}

/** Whether colours are named, and not numbers. */
export const areColours = (values: MaskValues): boolean =>
  [...values.keys()].every((value) => typeof value === 'string');

/** The labels in the order of their numbers, or of colours as given, each once. */
export const labelsIn = (values: MaskValues): readonly string[] => [
  ...new Set(
    [...values]
      .sort(([a], [b]) => Number(a) - Number(b) || 0)
      .flatMap(([, label]) => (label === undefined ? [] : [label])),
  ),
];

/** Throws, naming the file, where a label map holds a value that option values does not name. */
export function checkNamed(path: string, counts: ReadonlyMap<MapValue, number>, values: MaskValues): void {
  const unnamed = [...counts].filter(([value]) => !isBackground(value) && !values.has(value));
  if (unnamed.length === 0) return;
  const found = unnamed.slice(0, 8).map(([value, count]) => `${value} (${count} pixels)`);
  const more = unnamed.length > found.length ? ` and ${unnamed.length - found.length} others` : '';
  throw inputError(
    `${path}: the label map holds the ${unnamed.length === 1 ? 'value' : 'values'} ${found.join(', ')}${more}, and option values names ${[...values.keys()].join(', ')} alone (${unnamed[0]![0]}=LABEL names it, ${unnamed[0]![0]}=ignore takes it for background)`,
  );
}
