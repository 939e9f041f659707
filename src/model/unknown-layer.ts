import { usageError } from '../base/errors.js';
import { unknownName } from '../base/names.js';
import type { Classifier } from './classifier.js';

/**
 * The error for a layer that the explained graph does not have: one of the file beside the way to the
 * explained output is told from one that the file does not have, where `known` are those that could be meant.
 */
export function unknownLayer(
  { aside, head, asked, output }: Classifier,
  name: string,
  known: readonly string[],
  what = 'layer',
) {
  const outputs = aside?.get(name);
  if (!outputs) return unknownName(known, name, what);
  const listed = outputs.map((v) => `'${v}'`).join(', ');
  const leads =
    outputs.length === 0
      ? 'it leads to no output of the file'
      : `it leads to ${listed} (option output explains another output)`;
  return usageError(
    `${what} '${name}' is in the file, but the explained output '${head.of ?? asked ?? output}' does not depend on it: ${leads}`,
  );
}
