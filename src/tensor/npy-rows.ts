import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { inputError } from '../base/errors.js';
import { openRegular, replaceFile } from '../base/files.js';
import { formatNpy } from './npy.js';
import { parseNpyHeader } from './npy-header.js';
import { sizeOf, type Tensor } from './tensor.js';

const maximumHeader = 65536 + 12;

/**
 * Streams `parts` into one `.npy` file of `count` rows without holding it in memory: writes under a temporary
 * name, then renames. Returns the file's SHA-256.
 */
export async function writeNpyRows(
  path: string,
  count: number,
  parts: AsyncIterable<Tensor>,
): Promise<string> {
  const hash = createHash('sha256');
  await replaceFile(path, async (temporary) => {
    const file = await open(temporary, 'w');
    const write = async (bytes: Uint8Array) => {
      hash.update(bytes);
      await file.writeFile(bytes);
    };
    try {
      let written = 0;
      for await (const { data, shape } of parts) {
        if (written === 0)
          await write(formatNpy({ data: new Float32Array(0), shape: [count, ...shape.slice(1)] }));
        await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        written += shape[0]!;
      }
      if (written !== count) throw new Error(`${path}: ${written} rows were made for ${count}`);
    } finally {
      await file.close();
    }
  });
  return hash.digest('hex');
}

/** Reads rows `from` to `to` (exclusive) of a float32 `.npy` file, and nothing else of it. */
export async function readNpyRows(path: string, from: number, to: number): Promise<Tensor> {
  const { file, size } = await openRegular(path);
  try {
    const start = Buffer.alloc(maximumHeader);
    const { bytesRead } = await file.read(start, 0, maximumHeader, 0);
    const { descr, fortranOrder, shape, offset } = parseNpyHeader(start.subarray(0, bytesRead), path);
    if (descr !== '<f4' || fortranOrder) throw inputError(`${path} holds no rows of 32-bit floats`);
    const row = sizeOf(shape.slice(1));
    if (shape.length === 0 || to > shape[0]! || offset + to * row * 4 > size) {
      throw inputError(`${path} ends before row ${to}`);
    }
    const data = new Float32Array((to - from) * row);
    const bytes = new Uint8Array(data.buffer);
    const { bytesRead: found } = await file.read(bytes, 0, bytes.length, offset + from * row * 4);
    if (found !== data.byteLength) throw inputError(`${path} ends before row ${to}`);
    return { data, shape: [to - from, ...shape.slice(1)] };
  } finally {
    await file.close();
  }
}
