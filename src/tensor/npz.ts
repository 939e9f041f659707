import { crc32 } from 'node:zlib';
import { Zip, type ZipInputFile, zipSync } from 'fflate';
import { inputError, SightlineError } from '../base/errors.js';
import { maximumFileBytes, writeWhole } from '../base/files.js';
import { withZip, type ZipEntry } from '../base/zip.js';
import { formatNpy, parseNpy } from './npy.js';
import type { Tensor, TypedArray } from './tensor.js';

export type Arrays = Readonly<Record<string, Tensor<TypedArray>>>;

export interface NpzLimits {
  readonly arrays: number;
  /** Unpacked size of all arrays together. */
  readonly bytes: number;
}

const usualLimits: NpzLimits = { arrays: 4096, bytes: maximumFileBytes };

/**
 * Reads the named arrays of a `.npz` file. Throws where it exceeds `limits` or where an array does not match
 * its checksum.
 */
export async function readNpz(path: string, { arrays, bytes }: NpzLimits = usualLimits): Promise<Arrays> {
  try {
    return await withZip(
      path,
      () => ({ entries: arrays, bytes }),
      async (entries) => {
        const foreign = entries.find(({ name }) => !name.endsWith('.npy'))?.name;
        if (foreign !== undefined)
          throw inputError(`it holds ${JSON.stringify(foreign.slice(0, 80))}, and .npy files alone are read`);
        const read: [string, Tensor<TypedArray>][] = [];
        for (const entry of entries)
          read.push([entry.name.replace(/\.npy$/, ''), parseNpy(await whole(entry), `its ${entry.name}`)]);
        return Object.fromEntries(read);
      },
    );
  } catch (error) {
    if (!(error instanceof SightlineError) || error.message.startsWith(path)) throw error;
    throw inputError(`${path} is no .npz file that can be read: ${error.message}`, error);
  }
}

/**
 * Writes arrays by name into one `.npz` file; the same arrays give the same bytes. Without compression
 * they are written faster; weights are hardly larger then.
 */
export async function writeNpz(path: string, arrays: Arrays, { compress = true } = {}): Promise<void> {
  await writeWhole(path, formatNpz(arrays, compress));
}

const mtime = '1980-01-01T00:00:00';

export function formatNpz(arrays: Arrays, compress = true): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, formatNpy(array)] as const);
  return compress ? zipSync(Object.fromEntries(files), { level: 6, mtime }) : stored(files);
}

/** An archive of files as they are. Node computes their checksums, in a tenth of the time of fflate's own. */
function stored(files: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });
  for (const [filename, content] of files) {
    const file: ZipInputFile = { filename, size: content.length, crc: crc32(content), compression: 0, mtime };
    zip.add(file);
    file.ondata!(null, content as Uint8Array<ArrayBuffer>, true);
  }
  zip.end();
  return Buffer.concat(chunks);
}

async function whole({ size, content }: ZipEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of content()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
