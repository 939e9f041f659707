import { constants, gunzipSync } from 'node:zlib';
import { inputError, unsupported } from '../../base/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { VolumeReport } from './image/decoded.js';
import type { DecodeLimits } from './image/limits.js';
import { named } from './image/named.js';
import { missingValues, rangeOf, stretched } from './image/unit.js';

/** What is read of a header, by the package's names. */
interface Header {
  readonly littleEndian: boolean;
  /** The number of axes, and the length of each. */
  readonly dims: readonly number[];
  readonly datatypeCode: number;
  /** The byte at which voxels begin. */
  readonly vox_offset: number;
  readonly scl_slope: number;
  readonly scl_inter: number;
  readonly cal_min: number;
  readonly cal_max: number;
}

/** The bytes of a voxel and how one is read, by the header's code of the data type. */
const types: Readonly<Record<number, readonly [bytes: number, read: keyof DataView & `get${string}`]>> = {
  2: [1, 'getUint8'],
  4: [2, 'getInt16'],
  8: [4, 'getInt32'],
  16: [4, 'getFloat32'],
  64: [8, 'getFloat64'],
  256: [1, 'getInt8'],
  512: [2, 'getUint16'],
  768: [4, 'getUint32'],
};

/** The header's length, which is its first value: NIfTI-1 and NIfTI-2. */
const lengths = [348, 540];

const isZipped = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Whether the bytes begin like a single-file NIfTI volume, or like one that is compressed by gzip. */
export const isNifti = (bytes: Uint8Array): boolean => {
  const head = isZipped(bytes) ? begun(bytes) : bytes;
  return head !== undefined && headerLength(head) !== undefined;
};

/**
 * Decodes a NIfTI volume, also gzipped, to `[z, y, x]` in [0, 1]: scaled values between `cal_min` and
 * `cal_max` where the header gives them, else between their least and greatest. The header's claim is checked
 * before voxels are read or inflated. Throws for a damaged or hostile file, for another number of axes than
 * three, and for colour, complex and 64-bit integer voxels.
 */
export async function decodeNifti(
  bytes: Uint8Array,
  name: string,
  limits: Pick<DecodeLimits, 'totalSamples'>,
  { onDoubt, onRange }: VolumeReport = {},
): Promise<Tensor> {
  try {
    const zipped = isZipped(bytes);
    const head = zipped ? begun(bytes) : bytes;
    const length = head && headerLength(head);
    if (head === undefined || length === undefined) throw inputError('it is no NIfTI volume');
    const header = await read(head.slice(0, length));
    const { shape, end, from } = checked(header, limits.totalSamples);
    const whole = zipped ? inflated(bytes, end) : bytes;
    if (whole.length < end)
      throw inputError(`its header claims ${end} bytes (voxels [${shape}]); it has ${whole.length}`);
    const values = valuesOf(whole, header, from, shape);
    for (const doubt of missingValues(values)) onDoubt?.(doubt);
    const { cal_min: low, cal_max: high } = header;
    onRange?.(high > low ? { low, high } : rangeOf(values));
    return tensor(unit(values, header), shape);
  } catch (error) {
    throw named(error, name);
  }
}

/** What of a gzipped file its first bytes give: enough for the header; undefined where they are no gzip. */
function begun(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}

function headerLength(head: Uint8Array): number | undefined {
  if (head.length < 348) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const length = lengths.find((one) => view.getInt32(0, true) === one || view.getInt32(0, false) === one);
  if (length === undefined || head.length < length) return undefined;
  const magic = length === 348 ? [0x6e, 0x2b, 0x31] : [0x6e, 0x2b, 0x32];
  const place = length === 348 ? 344 : 4;
  return magic.every((byte, i) => head[place + i] === byte) ? length : undefined;
}

/** The header alone: of what follows it, extensions of a hostile file, the package reads nothing. */
async function read(head: Uint8Array): Promise<Header> {
  const { readHeader } = await import('nifti-reader-js');
  return readHeader(Uint8Array.from(head).buffer);
}

/** The shape `[z, y, x]`, and where the voxels begin and end. */
function checked(header: Header, limit: number) {
  const { dims, datatypeCode, vox_offset: from } = header;
  const count = dims[0]!;
  const sizes = dims.slice(1, 1 + count);
  if (count < 3 || count > 7 || sizes.slice(3).some((size) => size !== 1))
    throw unsupported(`its voxels have the axes [${sizes}]; a volume has three`);
  const shape = sizes.slice(0, 3).reverse();
  if (!shape.every((size) => Number.isInteger(size) && size > 0))
    throw inputError(`its header claims [${shape}] voxels`);
  const voxels = shape.reduce((product, size) => product * size, 1);
  if (voxels > limit) throw inputError(`its header claims [${shape}] voxels, over the limit of ${limit}`);
  const type = types[datatypeCode];
  if (type === undefined)
    throw unsupported(`its voxels are of type ${datatypeCode}; integers of 8 to 32 bits and floats are read`);
  if (!Number.isInteger(from) || from < 348 || from > 2 ** 24)
    throw inputError(`its header says that voxels begin at byte ${from}`);
  return { shape, from, end: from + voxels * type[0] };
}

/** The file inflated up to the end of its voxels. */
function inflated(bytes: Uint8Array, end: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: end + 2 ** 16 });
  } catch (error) {
    throw inputError(`it does not inflate to the ${end} bytes that its header claims`, error);
  }
}

function valuesOf(bytes: Uint8Array, header: Header, from: number, shape: readonly number[]): Float64Array {
  const [size, get] = types[header.datatypeCode]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { scl_slope: slope, scl_inter: intercept } = header;
  const scales = slope !== 0 && Number.isFinite(slope) && Number.isFinite(intercept);
  const out = new Float64Array(shape.reduce((product, length) => product * length, 1));
  const value = (view[get] as (at: number, littleEndian: boolean) => number).bind(view);
  for (let i = 0; i < out.length; i++) {
    const stored = value(from + i * size, header.littleEndian);
    out[i] = scales ? stored * slope + intercept : stored;
  }
  return out;
}

function unit(values: Float64Array, { cal_min: low, cal_max: high }: Header): Float32Array {
  if (!(high > low)) return stretched(values);
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const place = (values[i]! - low) / (high - low);
    out[i] = place > 0 && Number.isFinite(place) ? Math.min(1, place) : 0;
  }
  return out;
}
