import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { inOurWords, inputError } from '../../base/errors.js';
import { openRegular } from '../../base/files.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { UnpackLimits } from '../../base/zip.js';
import { limitsFor, placeEntry, writeEntry } from './entry.js';

const block = 512;

const malformed = (what: string, cause?: unknown) =>
  inputError(`the tar archive is malformed: ${what}`, cause);

/** Archives from before 1988 have no format magic. */
const anyFormat = { allowUnknownFormat: true, highWaterMark: 2 ** 16 };

/**
 * Unpacks a gzipped tar file below `root` in one pass and returns the number of files. Throws for links,
 * devices, names that lead out of `root`, and entries or bytes beyond `limits`.
 */
export async function untar(
  path: string,
  root: string,
  strip: number,
  run: RunContext,
  given?: UnpackLimits,
): Promise<number> {
  const { file, size } = await openRegular(path);
  const limits = given ?? limitsFor(size);
  const step = run.progress.start('unpacking', 0);
  const archive = extract(anyFormat);
  const feeding = feed(file, archive, limits.bytes);
  let [entries, written, end] = [0, 0, 0];
  try {
    for await (const entry of archive) {
      await checkpoint(run);
      const { name, size: length, type } = entry.header;
      if (++entries > limits.entries) throw inputError(`the archive has more than ${limits.entries} entries`);
      const target = placeEntry(root, name, strip);
      const isFile = type === 'file' || type === 'contiguous-file';
      if (!isFile && type !== 'directory')
        throw inputError(`the archive has a link or device ${JSON.stringify(name)}; these are refused`);
      if (isFile && target !== undefined) {
        await writeEntry(target, Readable.from(entry));
        written++;
      } else entry.resume();
      end = entry.offset + block * (1 + Math.ceil(isFile ? length / block : 0));
      step.advance();
    }
    // An archive ends with a block of zeros.
    if ((await feeding).bytes < end + block) throw malformed('it is cut short');
  } catch (error) {
    archive.destroy();
    const { failure = error } = await feeding;
    throw inOurWords(failure, (text) => malformed(fault(text), failure));
  }
  step.done();
  return written;
}

/**
 * Writes the decompressed bytes to the tar reader, with backpressure. Returns their number and the first
 * failure.
 */
async function feed(
  file: FileHandle,
  archive: Extract,
  limit: number,
): Promise<{ readonly bytes: number; readonly failure?: unknown }> {
  let bytes = 0;
  let failure: unknown;
  let goOn = () => {};
  const closed = new Promise<void>((resolve) => {
    archive
      .on('drain', () => goOn())
      .on('error', (error) => {
        failure ??= error;
      })
      .on('close', () => {
        goOn();
        resolve();
      });
  });
  try {
    // An error in the pipeline ends the loop.
    for await (const chunk of pipeline(file.createReadStream(), createGunzip(), () => undefined)) {
      bytes += chunk.length;
      if (bytes > limit) throw inputError(`the archive unpacks to more than ${limit} bytes`);
      if (archive.destroying) break;
      if (!archive.write(chunk))
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
    }
    archive.end(undefined);
  } catch (error) {
    archive.destroy(error instanceof Error ? error : undefined);
  }
  await closed;
  return { bytes, failure };
}

function fault(text: string): string {
  if (/unexpected end/i.test(text)) return 'it is cut short';
  if (text.includes('incorrect header check')) return 'it is not gzipped';
  if (text.includes('exceeds max size')) return 'a name is too long';
  if (text.includes('header')) return 'a header is damaged';
  return 'its compressed bytes are damaged';
}
