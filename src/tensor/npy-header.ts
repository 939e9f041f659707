import { inputError } from '../base/errors.js';

export interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte offset of the data. */
  readonly offset: number;
}

const maximumHeaderBytes = 65536;
const maximumAxes = 32;

/**
 * Reads the header of a `.npy` file: a magic word, a version, and a Python dictionary of three known keys.
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw inputError(`${name} is no .npy file: it doesn't begin with the bytes of one`);
  }
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    throw inputError(`${name} is a .npy file of version ${version}; versions 1, 2 and 3 are read`);
  }
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw inputError(`${name} ends within the header of a .npy file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maximumHeaderBytes) {
    throw inputError(`${name} has a header of ${length} bytes; at most ${maximumHeaderBytes} are read`);
  }
  const offset = start + length;
  if (offset > bytes.length) throw inputError(`${name} ends within the header of a .npy file`);
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, offset));
  return { ...readDictionary(text, name), offset };
}

const entry =
  /^\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(['"])([<>|=]?\w{1,8})\3|(True|False)|\(([\d\s,L]*)\))\s*(?:,|$)/;

function readDictionary(text: string, name: string): Omit<NpyHeader, 'offset'> {
  const malformed = (why: string) =>
    inputError(`${name} has a header that is no description of an array: ${why}`);
  const outer = /^\s*\{([^{}]*)\}\s*$/.exec(text);
  if (outer === null) {
    throw malformed('it is not one Python dictionary of descr, fortran_order and shape');
  }
  const found = new Map<string, string | boolean | readonly number[]>();
  let rest = outer[1]!;
  while (rest.trim() !== '') {
    const match = entry.exec(rest);
    if (match === null) throw malformed(`it can't be read at ${JSON.stringify(rest.trim().slice(0, 40))}`);
    const [whole, , key, , descr, truth, tuple] = match;
    if (found.has(key!)) throw malformed(`it says ${key} twice`);
    found.set(key!, descr ?? (tuple === undefined ? truth === 'True' : readTuple(tuple, malformed)));
    rest = rest.slice(whole.length);
  }
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map((key) => found.get(key));
  if (typeof descr !== 'string') throw malformed('descr is not the name of one number type');
  if (typeof fortranOrder !== 'boolean') throw malformed('fortran_order is neither True nor False');
  if (!Array.isArray(shape)) throw malformed('shape is no tuple of whole numbers');
  return { descr, fortranOrder, shape };
}

function readTuple(text: string, malformed: (why: string) => Error): readonly number[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.length > maximumAxes) {
    throw malformed(`it has ${parts.length} axes; at most ${maximumAxes} are read`);
  }
  return parts.map((part) => {
    const length = /^\d{1,15}L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN;
    if (!Number.isSafeInteger(length))
      throw malformed(`shape has the length ${JSON.stringify(part.slice(0, 20))}`);
    return length;
  });
}
