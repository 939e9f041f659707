import { randomUUID } from 'node:crypto';
import { existsSync, ftruncateSync, openSync, readSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { arrays } from '../graph/elements.js';
import type { TypedArray } from '../tensor/tensor.js';

/**
 * Passes large arrays between two processes through a shared file, on tmpfs where the machine has it. That
 * needs two copies; a pipe would need many small ones. The file holds one message at a time.
 */

/** Replaces an array in a message: its type, its length, and its byte offset in the file. */
const storedType = 'sightline: stored array';
type StoredArray = { readonly [storedType]: string; readonly at: number; readonly length: number };

/** The size in bytes from which an array goes into the file. */
const large = 1 << 15;
/** The size in bytes from which the file is truncated after reading, to free its memory. */
const huge = 1 << 27;
/** The largest number of bytes of one read or write; the system limit is just under 2 GiB. */
const most = 1 << 30;

/** Opens a new file and removes its name: the file is deleted when the last process closes it. */
export function openSharedFile(): number {
  const path = newPath();
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}

const memoryFolder = '/dev/shm';

/** A path for a new file, on tmpfs where the machine has it. */
export const newPath = (): string => join(inMemory() ? memoryFolder : tmpdir(), `sightline-${randomUUID()}`);

/** Writes all bytes at an offset. */
export function writeAt(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(most, bytes.length - done), at + done);
  }
}

/** Whether /dev/shm is large enough; in containers it is often small. */
function inMemory(): boolean {
  if (!existsSync(memoryFolder)) return false;
  const { bavail, bsize } = statfsSync(memoryFolder);
  return bavail * bsize >= totalmem() / 4;
}

/** Returns the message with its large arrays moved to the file. */
export function pack(message: unknown, file: number): unknown {
  let end = 0;
  return replaced(message, (value) => {
    if (!isArray(value) || value.byteLength < large) return undefined;
    const [at, bytes] = [end, bytesOf(value)];
    writeAt(file, bytes, at);
    end += bytes.length;
    const kind = value instanceof Uint8Array ? Uint8Array : value.constructor;
    return { [storedType]: kind.name, at, length: value.length };
  });
}

/** Makes the buffer of the n-th stored array of a message, of at least so many bytes. */
type Allocate = (bytes: number, n: number) => ArrayBuffer;

/** Not filled with zeros, since all of it is overwritten. */
const unfilled: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes).buffer;

/** Buffers that the next message overwrites: memory that was used before costs less than new memory. */
export function keptBuffers(): Allocate {
  const kept: ArrayBuffer[] = [];
  return (bytes, n) => {
    if (bytes >= huge) return unfilled(bytes, n);
    if ((kept[n]?.byteLength ?? 0) < bytes) kept[n] = unfilled(bytes, n);
    return kept[n]!;
  };
}

/** Returns the message with its large arrays read back from the file. */
export function unpack(message: unknown, file: number, allocate = unfilled): unknown {
  let end = 0;
  let arrays = 0;
  const whole = replaced(message, (value) => {
    if (!isStored(value)) return undefined;
    const kind = kinds[value[storedType]]!;
    const size = value.length * kind.BYTES_PER_ELEMENT;
    const array = new kind(allocate(size, arrays++), 0, value.length);
    const bytes = bytesOf(array);
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(file, bytes, done, Math.min(most, bytes.length - done), value.at + done);
      if (got === 0) throw new Error('the file that arrays pass through is too short');
      done += got;
    }
    end = value.at + bytes.length;
    return array;
  });
  if (end >= huge) ftruncateSync(file);
  return whole;
}

/**
 * Copies nested objects and arrays, with each value replaced by the result of `change` unless that is
 * undefined.
 */
function replaced(value: unknown, change: (value: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = change(value);
  if (other !== undefined) return other;
  if (isArray(value)) return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, change)]));
}

const isArray = (value: object): value is TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

const isStored = (value: object): value is StoredArray => storedType in value;

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);

interface ArrayKind {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, at: number, length: number): TypedArray;
}

const kinds: Readonly<Record<string, ArrayKind>> = Object.fromEntries(
  [...new Set(Object.values(arrays))].map((kind) => [kind.name, kind]),
);
