import { type Unzipped, unzipSync, zipSync } from 'fflate';
import { inputError, messageOf, SightlineError } from '../base/errors.js';
import { writeWhole } from '../base/files.js';
import { formatNpy, parseNpy, readLimited } from './npy.js';
import type { Tensor, TypedArray } from './tensor.js';

export type Arrays = Readonly<Record<string, Tensor<TypedArray>>>;

export interface NpzLimits {
  readonly arrays: number;
  /** Unpacked size of all arrays together. */
  readonly bytes: number;
}

const usualLimits: NpzLimits = { arrays: 4096, bytes: 2 ** 31 - 1 };

/** Reads the named arrays of a `.npz` file; throws where it would unpack to more than `limits`. */
export async function readNpz(path: string, limits: NpzLimits = usualLimits): Promise<Arrays> {
  return parseNpz(await readLimited(path), path, limits);
}

/** Writes arrays by name into one compressed `.npz` file; the same arrays give the same bytes. */
export async function writeNpz(path: string, arrays: Arrays): Promise<void> {
  await writeWhole(path, formatNpz(arrays));
}

export function parseNpz(bytes: Uint8Array, name: string, limits: NpzLimits = usualLimits): Arrays {
  const arrays = Object.entries(unpack(bytes, name, limits)).map(([entry, content]) => [
    entry.replace(/\.npy$/, ''),
    parseNpy(content, `${name}/${entry}`),
  ]);
  return Object.fromEntries(arrays);
}

export function formatNpz(arrays: Arrays): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, formatNpy(array)]);
  return zipSync(Object.fromEntries(files), { level: 6, mtime: '1980-01-01T00:00:00' });
}

/**
 * fflate unpacks into buffers of the declared size and never grows them, so limiting the declared sizes is
 * enough.
 */
function unpack(bytes: Uint8Array, name: string, limits: NpzLimits): Unzipped {
  let [count, total] = [0, 0];
  try {
    return unzipSync(bytes, {
      filter(file) {
        count++;
        total += Math.max(file.originalSize, file.size);
        if (count > limits.arrays) throw inputError(`${name} holds more than ${limits.arrays} arrays`);
        if (!(total <= limits.bytes)) {
          throw inputError(`${name} would unpack to more than ${limits.bytes} bytes, the most that is read`);
        }
        if (!file.name.endsWith('.npy')) {
          throw inputError(
            `${name} holds ${JSON.stringify(file.name.slice(0, 80))}; a .npz file holds .npy files alone`,
          );
        }
        return true;
      },
    });
  } catch (error) {
    if (error instanceof SightlineError) throw error;
    throw inputError(`${name} is no .npz file that can be read: ${messageOf(error)}`, error);
  }
}
