import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { inputError } from '../../base/errors.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { limitsFor, placeEntry, type UnpackLimits, writeEntry } from './entry.js';

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
  readonly link: boolean;
}

/**
 * Unpacks a ZIP file below `root`. The whole directory is checked before the first byte is written: names
 * that lead out, links, encryption, entries that overlap, more entries or bytes than `limits`. Content that
 * is longer than stated, or another than its checksum says, throws.
 */
export async function unzip(
  path: string,
  root: string,
  strip: number,
  run: RunContext,
  given?: UnpackLimits,
): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const limits = given ?? limitsFor(size);
    const entries = await readDirectory(file, size, limits);
    const placed = entries.map((entry) => ({ entry, target: placeEntry(root, entry.name, strip) }));
    const step = run.progress.start('unpacking', entries.length);
    let written = 0;
    for (const { entry, target } of placed) {
      await checkpoint(run);
      if (target !== undefined && !entry.name.endsWith('/')) {
        await writeEntry(target, await contentOf(path, file, entry));
        written++;
      }
      step.advance();
    }
    step.done();
    return written;
  } finally {
    await file.close();
  }
}

async function readDirectory(file: FileHandle, size: number, limits: UnpackLimits): Promise<Entry[]> {
  const { count, length, offset } = await findDirectory(file, size);
  if (count > limits.entries)
    throw inputError(`the archive has ${count} entries, more than ${limits.entries}`);
  if (offset + length > size || length > 2 ** 29) throw malformed('its directory lies outside');
  const bytes = await readAt(file, offset, length);
  const entries: Entry[] = [];
  let at = 0;
  while (entries.length < count) {
    if (at + 46 > length || bytes.readUInt32LE(at) !== 0x02014b50)
      throw malformed('its directory is cut short');
    const [nameLength, extraLength, noteLength] = [28, 30, 32].map((k) => bytes.readUInt16LE(at + k)) as [
      number,
      number,
      number,
    ];
    if (at + 46 + nameLength + extraLength + noteLength > length)
      throw malformed('its directory is cut short');
    const flags = bytes.readUInt16LE(at + 8);
    if (flags & 1) throw inputError('the archive is encrypted');
    const name = bytes.toString(flags & 0x800 ? 'utf8' : 'latin1', at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const sizes = wide(extra, [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ]);
    entries.push({
      name,
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      size: sizes[0],
      compressed: sizes[1],
      offset: sizes[2],
      link: ((bytes.readUInt32LE(at + 38) >>> 28) & 0xf) === 0xa,
    });
    at += 46 + nameLength + extraLength + noteLength;
  }
  check(entries, offset, limits);
  return entries;
}

function check(entries: readonly Entry[], end: number, limits: UnpackLimits): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limits.bytes)
    throw inputError(`the archive would unpack to ${total} bytes, more than ${limits.bytes}`);
  const ordered = [...entries].sort((a, b) => a.offset - b.offset);
  ordered.forEach((entry, i) => {
    const next = ordered[i + 1]?.offset ?? end;
    if (entry.offset + 30 + entry.compressed > next) throw malformed('its entries overlap');
    if (entry.link)
      throw inputError(
        `the archive has the link ${JSON.stringify(entry.name.slice(0, 80))}; links are refused`,
      );
    if (entry.method !== 0 && entry.method !== 8)
      throw malformed(`compression method ${entry.method} is unknown`);
  });
}

/** The end record lies within the last 64 KiB; where a field is all ones the 64-bit record holds it. */
async function findDirectory(file: FileHandle, size: number) {
  const start = Math.max(0, size - 65_557);
  const tail = await readAt(file, start, size - start);
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at--;
  if (at < 0) throw malformed('it has no directory');
  const [count, length, offset] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ];
  if (count !== 0xffff && length !== 0xffffffff && offset !== 0xffffffff) return { count, length, offset };
  if (at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) return { count, length, offset };
  const record = await readAt(file, safe(tail.readBigUInt64LE(at - 12)), 56);
  if (record.readUInt32LE(0) !== 0x06064b50) throw malformed('its 64-bit directory is missing');
  const [n, bytes, from] = [32, 40, 48].map((k) => safe(record.readBigUInt64LE(k))) as [
    number,
    number,
    number,
  ];
  return { count: n, length: bytes, offset: from };
}

/** Sizes of the 64-bit extra field in place of those that are all ones. */
function wide(extra: Buffer, sizes: readonly [number, number, number]): [number, number, number] {
  const result: [number, number, number] = [...sizes];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    sizes.forEach((size, i) => {
      if (size !== 0xffffffff || field + 8 > extra.length) return;
      result[i] = safe(extra.readBigUInt64LE(field));
      field += 8;
    });
  }
  return result;
}

async function contentOf(path: string, file: FileHandle, entry: Entry): Promise<Readable> {
  const header = await readAt(file, entry.offset, 30);
  if (header.readUInt32LE(0) !== 0x04034b50)
    throw malformed(`entry ${JSON.stringify(entry.name.slice(0, 80))} is missing`);
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (entry.compressed === 0) return Readable.from(verified([], entry));
  const raw = createReadStream(path, { start, end: start + entry.compressed - 1 });
  if (entry.method === 0) return Readable.from(verified(raw, entry));
  const inflated = createInflateRaw();
  pipeline(raw, inflated).catch((error: unknown) =>
    inflated.destroy(error instanceof Error ? error : undefined),
  );
  return Readable.from(verified(inflated, entry));
}

async function* verified(chunks: Iterable<Buffer> | AsyncIterable<Buffer>, { name, size, crc }: Entry) {
  let [length, sum] = [0, 0];
  for await (const chunk of readable(chunks, name)) {
    length += chunk.length;
    if (length > size) throw malformed(`${JSON.stringify(name.slice(0, 80))} is longer than stated`);
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (length !== size || sum !== crc) throw malformed(`${JSON.stringify(name.slice(0, 80))} is damaged`);
}

/** What the stream throws on damaged data, in words of our own. */
async function* readable(chunks: Iterable<Buffer> | AsyncIterable<Buffer>, name: string) {
  try {
    yield* chunks;
  } catch (error) {
    throw inputError(`the ZIP archive is malformed: ${JSON.stringify(name.slice(0, 80))} is damaged`, error);
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead !== length) throw malformed('it is cut short');
  return bytes;
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a size is absurd');
  return Number(value);
}

const malformed = (what: string) => inputError(`the ZIP archive is malformed: ${what}`);
