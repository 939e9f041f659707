import { randomUUID } from 'node:crypto';
import { existsSync, ftruncateSync, openSync, readSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { arrays } from '../graph/elements.js';
import type { TypedArray } from '../tensor/tensor.js';

/**
 * Large arrays pass between two processes through a file that both hold open, which lies in memory where the
 * machine has a file system for that: two copies, where a pipe would take many small ones. The file holds
 * one message at a time.
 */

/** Stands in the place of an array of a message: its kind, its length, and where it begins in the file. */
const placed = 'sightline: placed';
type Place = { readonly [placed]: string; readonly at: number; readonly length: number };

/** Bytes from which an array goes into the file. */
const large = 1 << 15;
/** Bytes from which the file's memory is given back once it was read. */
const huge = 1 << 27;
/** Bytes of one read or write; the system takes less than 2 GiB. */
const most = 1 << 30;

/** A new file without a name: it is gone with the last process that holds it. */
export function openMail(): number {
  const path = join(inMemory() ? memoryFolder : tmpdir(), `sightline-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}

const memoryFolder = '/dev/shm';

/** Containers often have a small one. */
function inMemory(): boolean {
  if (!existsSync(memoryFolder)) return false;
  const { bavail, bsize } = statfsSync(memoryFolder);
  return bavail * bsize >= totalmem() / 4;
}

/** The message with its large arrays written to the file. */
export function pack(message: unknown, file: number): unknown {
  let end = 0;
  return replaced(message, (value) => {
    if (!isArray(value) || value.byteLength < large) return undefined;
    const [at, bytes] = [end, bytesOf(value)];
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, Math.min(most, bytes.length - done), at + done);
    }
    end += bytes.length;
    const kind = value instanceof Uint8Array ? Uint8Array : value.constructor;
    return { [placed]: kind.name, at, length: value.length };
  });
}

/** The message with its large arrays read from the file. */
export function unpack(message: unknown, file: number): unknown {
  let end = 0;
  const whole = replaced(message, (value) => {
    if (!isPlace(value)) return undefined;
    const array = new kinds[value[placed]]!(value.length);
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

/** A copy of nested objects and lists, with what `change` gives in the place of a value. */
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

const isPlace = (value: object): value is Place => placed in value;

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);

const kinds: Readonly<Record<string, new (length: number) => TypedArray>> = Object.fromEntries(
  [...new Set(Object.values(arrays))].map((kind) => [kind.name, kind]),
);
