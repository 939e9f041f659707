import { inputError } from '../base/errors.js';
import { readBytes, writeWhole } from '../base/files.js';
import { fromHalf } from './half.js';
import { parseNpyHeader } from './npy-header.js';
import { sizeOf, type Tensor, type TypedArray } from './tensor.js';

const endian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? '<' : '>';

type Construct = new (buffer: ArrayBuffer) => TypedArray;
interface Type {
  readonly bytes: number;
  readonly make: Construct;
  /** Reads values that no typed array holds. */
  readonly read?: (buffer: ArrayBuffer) => TypedArray;
}
const types: Readonly<Record<string, Type>> = {
  f4: { bytes: 4, make: Float32Array },
  f2: {
    bytes: 2,
    make: Float32Array,
    read: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf),
  },
  f8: { bytes: 8, make: Float64Array },
  i1: { bytes: 1, make: Int8Array },
  u1: { bytes: 1, make: Uint8Array },
  b1: { bytes: 1, make: Uint8Array },
  i2: { bytes: 2, make: Int16Array },
  u2: { bytes: 2, make: Uint16Array },
  i4: { bytes: 4, make: Int32Array },
  u4: { bytes: 4, make: Uint32Array },
  i8: { bytes: 8, make: BigInt64Array },
  u8: { bytes: 8, make: BigUint64Array },
};

/**
 * Reads a `.npy` file, by its path or its bytes, of any number type, byte order and memory order; a bool
 * becomes 0 or 1 in a `Uint8Array`, half precision a `Float32Array`. Throws an input error that names the
 * file.
 */
export async function readNpy(file: string | Uint8Array): Promise<Tensor<TypedArray>> {
  return file instanceof Uint8Array ? parseNpy(file, 'the .npy file') : parseNpy(await readBytes(file), file);
}

/** Writes an array as a `.npy` file (version 1, row-major), whole or not at all. */
export async function writeNpy(path: string, array: Tensor<TypedArray>): Promise<void> {
  await writeWhole(path, formatNpy(array));
}

/** Parses a `.npy` file, versions 1 to 3; errors call it `name`. */
export function parseNpy(bytes: Uint8Array, name: string): Tensor<TypedArray> {
  const { descr, fortranOrder, shape, offset } = parseNpyHeader(bytes, name);
  const order = descr[0]!;
  const type = types[descr.slice(1)];
  if (type === undefined || !'<>|='.includes(order) || (order === '|' && type.bytes > 1)) {
    throw inputError(
      `${name} holds numbers of the type '${descr}'; read are ${Object.keys(types).join(', ')}`,
    );
  }
  const length = sizeOf(shape);
  if (!Number.isSafeInteger(length) || length * type.bytes !== bytes.length - offset) {
    const wanted = `${shape.join('x') || 1} numbers of ${type.bytes} bytes`;
    throw inputError(`${name} promises ${wanted}, but ${bytes.length - offset} bytes follow its header`);
  }
  const copy = new Uint8Array(bytes.subarray(offset));
  if (order !== endian && order !== '=' && type.bytes > 1) swapBytes(copy, type.bytes);
  const buffer = copy.buffer as ArrayBuffer;
  const data = type.read?.(buffer) ?? new type.make(buffer);
  if (descr.endsWith('b1')) for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  return { data: fortranOrder ? fromColumns(data, shape) : data, shape };
}

/** The bytes of a `.npy` file, version 1, in row-major order. */
export function formatNpy({ data, shape }: Tensor<TypedArray>): Uint8Array {
  const kind = Object.keys(types).find((k) => data instanceof types[k]!.make)!;
  const order = types[kind]!.bytes === 1 ? '|' : endian;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = `${dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11)}\n`;
  const out = new Uint8Array(10 + header.length + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  out.set(new TextEncoder().encode(header), 10);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return out;
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
}

/** Column-major to row-major. */
function fromColumns(data: TypedArray, shape: readonly number[]): TypedArray {
  const out = data.slice();
  const steps = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const at = shape.map(() => 0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return out;
}
