import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { environmentError, messageOf, SightlineError } from '../../base/errors.js';
import { type RunContext, stopped } from '../../base/run.js';

export interface Download {
  readonly url: string;
  /** Absolute path of the file to write. */
  readonly target: string;
  readonly size?: number;
  readonly sha256?: string;
  /** Milliseconds before the first retry; doubled for each further retry. */
  readonly pause?: number;
  /** Maximum file size in bytes. */
  readonly limit?: number;
}

const retries = 5;
const largest = 2 ** 38;

/**
 * Downloads a file to a temporary name beside its target, checks its length and hash, and renames it. Resumes
 * an interrupted download where the server supports it and the file is unchanged. Throws after several
 * attempts without progress, for a wrong length or hash, and where a file without a known hash is led away
 * from HTTPS.
 */
export async function download(file: Download, run: RunContext): Promise<{ bytes: number; sha256: string }> {
  const part = `${file.target}.part`;
  await mkdir(dirname(file.target), { recursive: true });
  const step = run.progress.start(`fetching ${new URL(file.url).hostname}`, file.size ?? 0);
  let failures = 0;
  for (;;) {
    const before = await lengthOf(part);
    try {
      await transfer(file, part, before, run, (bytes) => step.advance(bytes));
      break;
    } catch (error) {
      if (run.signal?.aborted) throw stopped();
      if (error instanceof SightlineError) throw error;
      failures = (await lengthOf(part)) > before ? 0 : failures + 1;
      if (failures >= retries)
        throw environmentError(`${file.url}: ${reasonOf(error)}; tried ${retries} times`);
      await new Promise((resolve) => setTimeout(resolve, (file.pause ?? 500) * 2 ** failures));
    }
  }
  step.done();
  const [bytes, sha256] = [await lengthOf(part), await hashOf(part)];
  const wrong =
    file.size !== undefined && bytes !== file.size
      ? `has ${bytes} bytes, expected ${file.size}`
      : file.sha256 !== undefined && sha256 !== file.sha256
        ? `has SHA-256 ${sha256}, expected ${file.sha256}`
        : undefined;
  if (wrong !== undefined) {
    await forget(part);
    throw environmentError(`${file.url}: ${wrong}; the file was thrown away`);
  }
  await rename(part, file.target);
  await rm(`${part}.etag`, { force: true });
  return { bytes, sha256 };
}

async function transfer(
  file: Download,
  part: string,
  have: number,
  run: RunContext,
  advance: (bytes: number) => void,
): Promise<void> {
  const etag = await readFile(`${part}.etag`, 'utf8').catch(() => '');
  const resume = have > 0 && etag !== '';
  const headers = resume ? { range: `bytes=${have}-`, 'if-range': etag } : undefined;
  const response = await fetch(file.url, {
    headers: { 'accept-encoding': 'identity', ...headers },
    signal: run.signal,
  });
  if (file.sha256 === undefined && isSecure(file.url) && !isSecure(response.url)) {
    await response.body?.cancel();
    throw environmentError(`${file.url}: leads to ${response.url}, which has no HTTPS`);
  }
  const [, from, , all] = /bytes (\d+)-(\d+)\/(\d+)/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (response.status === 416) {
    await response.body?.cancel();
    // The partial file is already complete, or the file on the server changed.
    const length = /bytes \*\/(\d+)/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (Number(length) === have) return;
    await forget(part);
    throw new Error('the server has another file now');
  }
  if (response.status >= 500 || response.status === 429)
    throw new Error(`the server answered ${response.status}`);
  if (!response.ok || response.body === null) {
    throw environmentError(
      `${file.url}: the server answered ${response.status} ${response.statusText}`.trim(),
    );
  }
  const append = response.status === 206 && Number(from) === have;
  if (response.status === 206 && !append)
    throw environmentError(`${file.url}: the server sent another part than asked for`);
  const start = append ? have : 0;
  const stated = response.headers.get('content-length');
  const total = append ? Number(all) : stated === null ? undefined : Number(stated);
  const limit = file.size ?? file.limit ?? largest;
  if (total !== undefined && total > limit) {
    await response.body.cancel();
    throw environmentError(`${file.url}: has ${total} bytes, more than the ${limit} that are expected`);
  }
  const validator = response.headers.get('etag') ?? response.headers.get('last-modified') ?? '';
  await writeFile(`${part}.etag`, validator.startsWith('W/') ? '' : validator);
  let received = start;
  const out = await open(part, append ? 'a' : 'w');
  try {
    // Each chunk is written before it is counted, so that reported progress survives a broken connection.
    for await (const chunk of response.body) {
      received += chunk.length;
      if (received > limit) {
        throw environmentError(`${file.url}: sends more than the ${limit} bytes that are expected`);
      }
      await out.writeFile(chunk);
      advance(chunk.length);
    }
  } finally {
    await out.close();
  }
  if (total !== undefined && received !== total)
    throw new Error(`the connection ended after ${received} of ${total} bytes`);
}

const isSecure = (url: string) => new URL(url).protocol === 'https:';

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const lengthOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function forget(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}

/** Fetch puts the reason of a failure in `cause`. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
