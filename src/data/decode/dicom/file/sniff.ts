import {
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  type TransferSyntax,
} from './syntax.js';

const preamble = 128;
/** Groups that can start a data set without preamble: command, file meta, directory, identifying. */
const firstGroups = [0x0000, 0x0002, 0x0004, 0x0008];

export const hasPreamble = (bytes: Uint8Array): boolean =>
  bytes.length >= preamble + 4 &&
  [0x44, 0x49, 0x43, 0x4d].every((letter, i) => bytes[preamble + i] === letter);

/** Whether the bytes are DICOM: by the prefix after the preamble, or by a plausible first element. */
export const isDicom = (bytes: Uint8Array): boolean =>
  hasPreamble(bytes) || sniffSyntax(bytes, 0) !== undefined;

/**
 * The encoding of the data set at `position`, from its first element; `undefined` where it is no data set.
 */
export function sniffSyntax(bytes: Uint8Array, position: number): TransferSyntax | undefined {
  if (position + 8 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, 8);
  const named = /^[A-Z]{2}$/.test(String.fromCharCode(view.getUint8(4), view.getUint8(5)));
  if (named && isFirst(view, false) && view.getUint16(0, false) !== 0) return explicitBigEndian;
  if (!isFirst(view, true)) return undefined;
  if (named) return explicitLittleEndian;
  const length = view.getUint32(4, true);
  // The first element of a group says how long the group is, in four bytes; zeros are no DICOM.
  if (view.getUint16(2, true) === 0 && length !== 4) return undefined;
  return length <= bytes.length - position - 8 ? implicitLittleEndian : undefined;
}

const isFirst = (view: DataView, littleEndian: boolean): boolean =>
  firstGroups.includes(view.getUint16(0, littleEndian)) && view.getUint16(2, littleEndian) < 0x3000;
