import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { quietly } from '../../base/run.js';
import { temporaryTree } from '../../testing/tree.js';
import type { Dataset, DatasetFile } from '../dataset.js';
import { findDataset } from '../datasets/catalogue.js';
import { exists } from '../formats/files.js';
import { fetchDataset } from './fetch.js';

const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
const sha256 = createHash('sha256').update(body).digest('hex');
const quick = { pause: 1 };

interface Behaviour {
  readonly content?: Uint8Array;
  /** Bytes after which the connection breaks, one for each request; none where the list has ended. */
  readonly breakAfter?: number[];
  readonly ranges?: boolean;
  readonly etags?: string[];
  readonly status?: number;
}

async function serve({ content = body, breakAfter = [], ranges = true, etags = ['"1"'], status }: Behaviour) {
  const asked: (string | undefined)[] = [];
  const told = { bytes: 0 };
  let sent = 0;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const etag = etags[Math.min(asked.length, etags.length - 1)]!;
    asked.push(request.headers.range);
    if (status !== undefined) return response.writeHead(status).end();
    const wanted = /bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
    const partly = ranges && wanted !== undefined && request.headers['if-range'] === etag;
    const from = partly ? Number(wanted) : 0;
    if (from >= content.length)
      return response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    const rest = content.slice(from);
    const range = partly ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {};
    response.writeHead(partly ? 206 : 200, { 'content-length': rest.length, etag, ...range });
    const stop = breakAfter[asked.length - 1];
    if (stop === undefined) return response.end(rest);
    response.write(rest.slice(0, stop));
    sent += stop;
    const whole = sent;
    const wait = setInterval(() => {
      if (told.bytes < whole) return;
      clearInterval(wait);
      response.destroy();
    }, 5);
  };
  /** Counts what the client says to have; a connection breaks when that is all that was sent. */
  const advance = (bytes = 1) => {
    told.bytes += bytes;
  };
  const progress = { start: () => ({ advance, done() {} }) };
  const run = { progress };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`, asked, run };
}

const made = (...files: DatasetFile[]): Dataset => ({ ...findDataset('bccd'), files });

describe('fetching a data set', () => {
  it('takes up a broken download where it stopped', async () => {
    const { url, asked, run } = await serve({ breakAfter: [100_000, 50_000] });
    const root = await temporaryTree();
    const report = await fetchDataset(
      made({ url, path: 'a/f.bin', size: body.length, sha256 }),
      root,
      run,
      quick,
    );
    expect((await readFile(join(root, 'a/f.bin'))).equals(body)).toBe(true);
    expect(report).toEqual({ fetched: [{ path: 'a/f.bin', url, bytes: body.length, sha256 }] });
    expect(asked).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(await exists(join(root, 'a/f.bin.part'))).toBe(false);
    expect(await exists(join(root, 'a/f.bin.part.etag'))).toBe(false);
  });

  it('takes up what an earlier run left', async () => {
    const { url, asked } = await serve({});
    const root = await temporaryTree({ 'f.bin.part': body.subarray(0, 777), 'f.bin.part.etag': '"1"' });
    await fetchDataset(made({ url, path: 'f.bin', sha256 }), root, quietly, quick);
    expect(asked).toEqual(['bytes=777-']);
  });

  it('begins anew where the server knows no ranges or has another file now', async () => {
    for (const behaviour of [{ ranges: false }, { etags: ['"1"', '"2"'] }]) {
      const { url, run } = await serve({ ...behaviour, breakAfter: [100_000] });
      const root = await temporaryTree();
      await fetchDataset(made({ url, path: 'f.bin', sha256 }), root, run, quick);
      expect((await readFile(join(root, 'f.bin'))).equals(body)).toBe(true);
    }
  });

  it('finishes a part that was whole already', async () => {
    const { url } = await serve({});
    const root = await temporaryTree({ 'f.bin.part': body, 'f.bin.part.etag': '"1"' });
    await fetchDataset(made({ url, path: 'f.bin', sha256 }), root, quietly, quick);
    expect((await readFile(join(root, 'f.bin'))).equals(body)).toBe(true);
  });

  it('fetches nothing twice', async () => {
    const { url, asked } = await serve({});
    const root = await temporaryTree();
    const dataset = made({ url, path: 'f.bin' });
    const first = await fetchDataset(dataset, root, quietly, quick);
    expect(await fetchDataset(dataset, root, quietly, quick)).toEqual(first);
    expect(asked).toHaveLength(1);
  });

  it('throws away what has another size or hash', async () => {
    const { url } = await serve({});
    for (const [claim, message] of [
      [{ size: 400_000 }, 'has 300000 bytes, expected 400000'],
      [{ sha256: 'ab' }, `has SHA-256 ${sha256}, expected ab`],
      [{ size: 1000 }, 'has 300000 bytes, more than the 1000 that are expected'],
    ] as const) {
      const root = await temporaryTree();
      const fetching = fetchDataset(made({ url, path: 'f.bin', ...claim }), root, quietly, quick);
      await expect(fetching).rejects.toThrow(message);
      expect(await exists(join(root, 'f.bin'))).toBe(false);
      expect(await exists(join(root, 'f.bin.part'))).toBe(false);
    }
  });

  it('says what a server answered, and gives up on one that never does', async () => {
    const gone = await serve({ status: 404 });
    const root = await temporaryTree();
    await expect(fetchDataset(made({ url: gone.url, path: 'f' }), root, quietly, quick)).rejects.toThrow(
      'answered 404',
    );
    expect(gone.asked).toHaveLength(1);
    const busy = await serve({ status: 503 });
    const trying = fetchDataset(made({ url: busy.url, path: 'f' }), root, quietly, quick);
    await expect(trying).rejects.toThrow('the server answered 503; tried 5 times');
    const nobody = fetchDataset(made({ url: 'http://127.0.0.1:9/f', path: 'f' }), root, quietly, quick);
    await expect(nobody).rejects.toMatchObject({ kind: 'environment' });
  });

  it('stops when it is told to, and keeps what it has', async () => {
    const { url } = await serve({ breakAfter: [100_000] });
    const root = await temporaryTree();
    const stopper = new AbortController();
    const progress = { start: () => ({ advance: () => stopper.abort(), done() {} }) };
    const run = { progress, signal: stopper.signal };
    await expect(fetchDataset(made({ url, path: 'f.bin' }), root, run, quick)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(await exists(join(root, 'f.bin'))).toBe(false);
  });

  it('unpacks an archive and keeps a receipt instead of it', async () => {
    const { url, asked } = await serve({ content: zipSync({ 'repo-main/BCCD/x.txt': strToU8('x') }) });
    const root = await temporaryTree();
    const dataset = made({ url, path: 'a.zip', unpack: 'zip', strip: 1 });
    const { fetched } = await fetchDataset(dataset, root, quietly, quick);
    expect(fetched[0]).toMatchObject({ path: 'a.zip', unpacked: 1 });
    expect(await readFile(join(root, 'BCCD/x.txt'), 'utf8')).toBe('x');
    expect(await exists(join(root, 'a.zip'))).toBe(false);
    await fetchDataset(dataset, root, quietly, quick);
    expect(asked).toHaveLength(1);
  });

  it('says what is wrong with the list of what was fetched', async () => {
    for (const [text, fault] of [
      ['[{"path": "f"', 'no JSON (fault at position 13)'],
      ['{}', 'got an object; it takes a list'],
      ['[{"path": "f"}]', '[0].url: got nothing; it takes a text'],
      [
        '[{"path": "f", "url": "u", "bytes": -1, "sha256": ""}]',
        '[0].bytes: got -1; it takes a whole number of at least 0',
      ],
    ] as const) {
      const root = await temporaryTree({ 'fetched.json': text });
      const message = `${join(root, 'fetched.json')}: ${fault}; remove it to fetch all again`;
      await expect(
        fetchDataset(made({ url: 'http://127.0.0.1:9/f', path: 'f' }), root, quietly),
      ).rejects.toThrow(expect.objectContaining({ kind: 'input', message }));
    }
  });

  it('fails before it downloads where the folder cannot be written', async () => {
    const root = join(await temporaryTree({ file: '' }), 'file');
    const fetching = fetchDataset(made({ url: 'http://127.0.0.1:9/f', path: 'f' }), root, quietly);
    await expect(fetching).rejects.toThrow(`${root} can't be written: a part of its path is a file`);
  });

  it('names the archive that cannot be unpacked', async () => {
    const { url } = await serve({ content: strToU8('<html>moved</html>') });
    const fetching = fetchDataset(
      made({ url, path: 'a.zip', unpack: 'zip' }),
      await temporaryTree(),
      quietly,
      quick,
    );
    await expect(fetching).rejects.toThrow('a.zip: the ZIP archive is malformed: it has no directory');
  });

  it('follows no redirect away from HTTPS where no hash is known', async () => {
    const { url } = await serve({});
    const led = await fetch(url);
    onTestFinished(() => void vi.unstubAllGlobals());
    vi.stubGlobal('fetch', async () => led);
    const file = { url: 'https://example.org/a.csv', path: 'a.csv' };
    const fetching = fetchDataset(made(file), await temporaryTree(), quietly, quick);
    await expect(fetching).rejects.toThrow(`https://example.org/a.csv: leads to ${url}, which has no HTTPS`);
  });

  it('says where to register and what to place where', async () => {
    const root = await temporaryTree();
    const { fetched, instructions } = await fetchDataset(findDataset('rsna-pneumonia'), root, quietly);
    expect(fetched).toEqual([]);
    expect(instructions).toContain('needs a registration');
    expect(instructions).toContain('https://www.kaggle.com/competitions/rsna-pneumonia-detection-challenge');
    expect(instructions).toContain('stage_2_train_images/<patientId>.dcm');
    expect(instructions).toContain(root);
  });
});
