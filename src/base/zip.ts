import { createReadStream, read } from 'node:fs';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { inOurWords, inputError } from './errors.js';
import { openRegular } from './files.js';

export interface UnpackLimits {
  readonly entries: number;
  /** Total bytes of all entries. */
  readonly bytes: number;
}

export interface ZipEntry {
  /** The raw name; that of a folder ends in `/`. */
  readonly name: string;
  /** Uncompressed bytes, as the central directory states. */
  readonly size: number;
  /** Decompresses the entry. Throws where it is longer than stated, or its checksum or inner name differs. */
  content(): AsyncGenerator<Buffer>;
}

const malformed = (what: string, cause?: unknown) =>
  inputError(`the ZIP archive is malformed: ${what}`, cause);

/**
 * Opens a ZIP file while `use` runs. Checks the central directory first: throws for links, encryption,
 * overlapping entries, sizes beyond deflate's ratio, and entries or bytes beyond the limits for the file's
 * size.
 */
export async function withZip<T>(
  path: string,
  limitsFor: (bytes: number) => UnpackLimits,
  use: (entries: readonly ZipEntry[]) => Promise<T>,
): Promise<T> {
  const { file, size } = await openRegular(path);
  try {
    const { zip, entries } = await readDirectory(new Reader(path, file.fd, size), limitsFor(size));
    return await use(
      entries.map((entry) => ({
        name: nameOf(entry),
        size: entry.uncompressedSize,
        content: () => contentOf(zip, entry),
      })),
    );
  } finally {
    await file.close();
  }
}

async function readDirectory(reader: Reader, limits: UnpackLimits) {
  try {
    const zip = await fromRandomAccessReaderPromise(reader, reader.size, {
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: false,
    });
    if (zip.entryCount > limits.entries)
      throw inputError(`the archive has ${zip.entryCount} entries, more than ${limits.entries}`);
    // A number at run time, whatever the declared type.
    const start = Number(zip.readEntryCursor);
    if (reader.size - start > 2 ** 29) throw malformed('its directory is too long');
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    check(entries, start, limits);
    return { zip, entries };
  } catch (error) {
    throw inOurWords(error, (text) => {
      if (text.includes('signature not found')) return malformed('it has no directory', error);
      if (text.includes('encryption')) return inputError('the archive is encrypted', error);
      if (text.includes('comment length')) return malformed('its end is not that of the file', error);
      return malformed('its directory is damaged', error);
    });
  }
}

/** Maximum compression ratio of deflate. */
const deflateRatio = 1032;

function check(entries: readonly Entry[], end: number, limits: UnpackLimits): void {
  const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (total > limits.bytes)
    throw inputError(`the archive would unpack to ${total} bytes, more than ${limits.bytes}`);
  const ordered = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  ordered.forEach((entry, i) => {
    const next = ordered[i + 1]?.relativeOffsetOfLocalHeader ?? end;
    if (entry.relativeOffsetOfLocalHeader + 30 + entry.compressedSize > next)
      throw malformed('its entries overlap');
    if (entry.isEncrypted()) throw inputError('the archive is encrypted');
    if (entry.externalFileAttributes >>> 28 === 0xa)
      throw inputError(`the archive has the link ${shown(entry)}; links are refused`);
    if (!entry.canDecodeFileData())
      throw malformed(`compression method ${entry.compressionMethod} is unknown`);
    if (entry.uncompressedSize > deflateRatio * (entry.compressedSize + 1))
      throw malformed(
        `${shown(entry)} claims to hold ${entry.uncompressedSize} bytes in ${entry.compressedSize}`,
      );
  });
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let [length, sum] = [0, 0];
  try {
    const { fileName } = await zip.readLocalFileHeaderPromise(entry, { minimal: false });
    if (!entry.fileNameRaw.equals(fileName)) throw malformed(`entry ${shown(entry)} has another name inside`);
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      length += chunk.length;
      if (length > entry.uncompressedSize) throw malformed(`${shown(entry)} is longer than stated`);
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw inOurWords(error, (text) =>
      text.includes('local file header')
        ? malformed(`entry ${shown(entry)} is missing`, error)
        : malformed(`${shown(entry)} is damaged`, error),
    );
  }
  if (length !== entry.uncompressedSize || sum !== entry.crc32) throw malformed(`${shown(entry)} is damaged`);
}

/** The raw entry name. yauzl's own decoding replaces backslashes and throws its own errors. */
const nameOf = (entry: Entry): string =>
  getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);

const shown = (entry: Entry): string => JSON.stringify(nameOf(entry).slice(0, 80));

/** Checks that reads stay within the file. A position beyond 2^53 would throw where it cannot be caught. */
class Reader extends RandomAccessReader {
  constructor(
    private readonly path: string,
    private readonly fd: number,
    readonly size: number,
  ) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.path, { start, end: end - 1 });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position + length > this.size) callback(malformed('it is cut short'));
    else read(this.fd, buffer, offset, length, position, callback);
  }
}
