import { inputError, usageError } from '../../base/errors.js';
import { text } from '../../base/options.js';
import type { Archive, ImageRecord } from '../record.js';
import { findingOption } from './findings.js';

/** What a data set states for an image. */
export interface Stated {
  readonly record: ImageRecord;
  readonly value: string | number;
}

/** Options of a task that asks for an attribute of the images; `kind` is what the attribute states. */
export const attributeOptions = (kind: string) => ({
  attribute: text({
    doc: `The attribute that states the ${kind === 'value' ? 'number' : kind}.`,
    default: kind,
  }),
  finding: {
    ...findingOption,
    doc: "The evidence; by default the archive's first finding that an image shows.",
  },
});

/** The images that state an attribute, for task `stated-<kind>`. Throws where none of the images does. */
export function statedIn({ name, records }: Archive, attribute: string, kind: string): readonly Stated[] {
  const stated = records.flatMap((record) => {
    const value = record.attributes?.[attribute];
    return value === undefined ? [] : [{ record, value }];
  });
  if (stated.length > 0 || records.length === 0) return stated;
  const names = [...new Set(records.flatMap(({ attributes }) => Object.keys(attributes ?? {})))];
  if (names.length === 0) throw inputError(`no image of ${name} states a ${kind}`);
  throw usageError(
    `option 'attribute' of stated-${kind} got '${attribute}'; ${name} has ${names.join(', ')}`,
  );
}
