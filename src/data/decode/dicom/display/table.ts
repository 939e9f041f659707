import type { DataSet, Element } from 'dicom-parser';
import { inputError } from '../../../../base/errors.js';

/**
 * A lookup table. `values[0]` applies to inputs up to `first`, the last value to all inputs beyond the end.
 */
export interface LookupTable {
  readonly first: number;
  readonly bits: number;
  readonly values: Uint16Array;
}

/** Reads a table from its descriptor (entries, first input, bits) and data (DICOM PS3.3 C.11.1.1). */
export function readTable(
  data: DataSet,
  descriptorTag: string,
  dataTag: string,
  signedInput: boolean,
): LookupTable | undefined {
  const element = data.elements[dataTag];
  const descriptor = readDescriptor(data, descriptorTag, signedInput);
  if (element === undefined || descriptor === undefined) return undefined;
  const { entries, first, bits } = descriptor;
  return { first, bits, values: readEntries(data, element, entries, bits) };
}

/** Reads a table descriptor. An entry count of 0 means 65536. */
export function readDescriptor(data: DataSet, tag: string, signedInput: boolean) {
  const entries = data.uint16(tag, 0);
  const first = signedInput ? data.int16(tag, 1) : data.uint16(tag, 1);
  const bits = data.uint16(tag, 2);
  if (entries === undefined || first === undefined || bits === undefined) return undefined;
  if (bits < 1 || bits > 16) throw inputError(`a lookup table of it has entries of ${bits} bits`);
  return { entries: entries === 0 ? 65536 : entries, first, bits };
}

/**
 * Reads entries. Writers store entries of up to 8 bits as bytes or as words; the length distinguishes them.
 */
function readEntries(data: DataSet, element: Element, entries: number, bits: number): Uint16Array {
  const bytes = bits <= 8 && element.length < 2 * entries;
  if (element.length < (bytes ? entries : 2 * entries)) throw inputError('a lookup table of it is cut off');
  const { tag } = element;
  return Uint16Array.from({ length: entries }, (_, i) =>
    bytes ? data.byteArray[element.dataOffset + i]! : data.uint16(tag, i)!,
  );
}

export function lookUp({ first, values }: LookupTable, input: number): number {
  const index = Math.round(input) - first;
  return values[index < 0 ? 0 : index >= values.length ? values.length - 1 : index]!;
}
