import { inflateRawSync } from 'node:zlib';
import {
  bigEndianByteArrayParser,
  DataSet,
  type Element,
  littleEndianByteArrayParser,
  parseDicomDataSetExplicit,
  parseDicomDataSetImplicit,
  readDicomElementExplicit,
} from 'dicom-parser';
import { inputError, SightlineError } from '../../../../base/errors.js';
import type { DecodeLimits } from '../../image/limits.js';
import { hasPreamble, sniffSyntax } from './sniff.js';
import { BudgetStream } from './stream.js';
import { explicitLittleEndian, type TransferSyntax, transferSyntax } from './syntax.js';

/** A parsed file. Its data set refers to the file's bytes. */
export interface DicomFile {
  readonly syntax: TransferSyntax;
  readonly data: DataSet;
}

const pixelData = ['x7fe00010', 'x7fe00008', 'x7fe00009'];

/** Parses a DICOM file, with or without preamble and file meta information. */
export function parseDicom(content: Uint8Array, limits: DecodeLimits): DicomFile {
  // Not a Buffer, whose `slice` shares memory.
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.length);
  const start = hasPreamble(bytes) ? 132 : 0;
  const first = sniffSyntax(bytes, start);
  if (start === 0 && first === undefined) throw inputError('it is no DICOM file');
  const meta = readMeta(bytes, start, limits);
  const syntax =
    meta.uid === undefined
      ? (sniffSyntax(bytes, meta.end) ?? explicitLittleEndian)
      : transferSyntax(meta.uid);
  const body = syntax.deflated ? inflate(bytes.subarray(meta.end), limits) : bytes.subarray(meta.end);
  return { syntax, data: readDataSet(body, asWritten(body, syntax), limits) };
}

/** Reads the file meta information (group 0002), always explicit little endian, and its end position. */
function readMeta(bytes: Uint8Array, start: number, { elements }: DecodeLimits) {
  if (start >= bytes.length) throw inputError('it ends with its preamble');
  const stream = new BudgetStream(littleEndianByteArrayParser, bytes, start, elements);
  let uid: string | undefined;
  let end = start;
  while (end + 8 <= bytes.length && bytes[end] === 2 && bytes[end + 1] === 0) {
    const element = guarded(() => readDicomElementExplicit(stream, []));
    if (element.tag === 'x00020010') uid = ascii(bytes, element);
    end = stream.position;
  }
  return { uid: uid === '' ? undefined : uid, end };
}

/** The encoding of the first element overrides the header: some files contradict their header. */
function asWritten(body: Uint8Array, syntax: TransferSyntax): TransferSyntax {
  if (syntax.compression !== 'none') return syntax;
  const sniffed = sniffSyntax(body, 0);
  return sniffed === undefined
    ? syntax
    : { ...syntax, explicit: sniffed.explicit, bigEndian: sniffed.bigEndian };
}

function readDataSet(bytes: Uint8Array, syntax: TransferSyntax, { elements }: DecodeLimits): DataSet {
  const parser = syntax.bigEndian ? bigEndianByteArrayParser : littleEndianByteArrayParser;
  const data = new DataSet(parser, bytes, {});
  if (bytes.length === 0) return data;
  const stream = new BudgetStream(parser, bytes, 0, elements);
  try {
    if (syntax.explicit) parseDicomDataSetExplicit(data, stream);
    else parseDicomDataSetImplicit(data, stream);
  } catch (error) {
    // Errors after complete pixel data do not affect the image.
    if (!pixelData.some((tag) => data.elements[tag] !== undefined)) throw asInputError(error);
  }
  return data;
}

function inflate(bytes: Uint8Array, { inflatedBytes }: DecodeLimits): Uint8Array {
  try {
    const grown = inflateRawSync(bytes, { maxOutputLength: inflatedBytes, chunkSize: 1 << 20 });
    return new Uint8Array(grown.buffer, grown.byteOffset, grown.length);
  } catch (error) {
    if (error instanceof RangeError)
      throw inputError(`its deflated data set grows beyond ${inflatedBytes} bytes`);
    throw inputError('its deflated data set is damaged', error);
  }
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asInputError(error);
  }
}

/** dicom-parser throws strings, and overflows the stack on endlessly nested sequences. */
function asInputError(error: unknown): SightlineError {
  if (error instanceof SightlineError) return error;
  if (error instanceof RangeError) return inputError('its sequences are nested too deeply');
  return inputError('its data set is damaged or cut off', error);
}

const ascii = (bytes: Uint8Array, { dataOffset, length }: Element): string =>
  String.fromCharCode(...bytes.subarray(dataOffset, dataOffset + Math.min(length, 128)))
    .split('\0', 1)[0]!
    .trim();
