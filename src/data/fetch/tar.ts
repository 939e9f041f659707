import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { inputError } from '../../base/errors.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { limitsFor, placeEntry, type UnpackLimits, writeEntry } from './entry.js';

const block = 512;

/**
 * Unpacks a gzipped tar file below `root` in one pass. Folders and plain files are taken; links, devices and
 * names that lead out are refused, as are more entries or bytes than `limits`.
 */
export async function untar(
  path: string,
  root: string,
  strip: number,
  run: RunContext,
  given?: UnpackLimits,
): Promise<number> {
  const limits = given ?? limitsFor((await stat(path)).size);
  const gunzip = createGunzip();
  pipeline(createReadStream(path), gunzip).catch((error: unknown) =>
    gunzip.destroy(error instanceof Error ? error : undefined),
  );
  const source = new Source(gunzip, limits.bytes);
  const step = run.progress.start('unpacking', 0);
  let [entries, written] = [0, 0];
  let longName: string | undefined;
  for (;;) {
    const header = await source.take(block);
    if (header.every((byte) => byte === 0)) break;
    await checkpoint(run);
    const { name, size, type } = parseHeader(header);
    if (++entries > limits.entries) throw inputError(`the archive has more than ${limits.entries} entries`);
    if (type === 'L' || type === 'x' || type === 'g') {
      if (size > 65_536) throw malformed('a name is too long');
      const text = (await source.take(size)).toString('utf8');
      if (type !== 'g')
        longName = type === 'L' ? text.replace(/\0.*$/s, '') : /\d+ path=(.*)\n/.exec(text)?.[1];
    } else {
      const target = placeEntry(root, longName ?? name, strip);
      longName = undefined;
      if (type === '0' || type === '\0' || type === '7') {
        if (target !== undefined) {
          await writeEntry(target, source.stream(size));
          written++;
        } else for await (const _ of source.stream(size));
      } else if (type !== '5')
        throw inputError(`the archive has a link or device ${JSON.stringify(name)}; these are refused`);
    }
    await source.take((block - (size % block)) % block);
    step.advance();
  }
  gunzip.destroy();
  step.done();
  return written;
}

function parseHeader(header: Buffer): { name: string; size: number; type: string } {
  const text = (from: number, length: number) =>
    header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const octal = (from: number, length: number) => Number.parseInt(text(from, length).trim() || '0', 8);
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (octal(148, 8) !== sum) throw malformed('a header is damaged');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  // The top bit of the first byte marks a base-256 number, for sizes above 8 GiB.
  const size = header[124]! & 0x80 ? header.readUIntBE(130, 6) : octal(124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw malformed('a size is absurd');
  return {
    name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size,
    type: String.fromCharCode(header[156]!),
  };
}

/** Bytes from a stream in pieces of wanted lengths, counted against a limit. */
class Source {
  private rest: Buffer = Buffer.alloc(0);
  private taken = 0;
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(
    stream: AsyncIterable<Buffer>,
    private readonly limit: number,
  ) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *stream(length: number): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (this.rest.length === 0) await this.fill();
      const part = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  private async fill(): Promise<void> {
    const next = await this.chunks.next();
    if (next.done === true) throw malformed('it is cut short');
    this.rest = next.value;
    this.taken += next.value.length;
    if (this.taken > this.limit) throw inputError(`the archive unpacks to more than ${this.limit} bytes`);
  }
}

const malformed = (what: string) => inputError(`the tar archive is malformed: ${what}`);
