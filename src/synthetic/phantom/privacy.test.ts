import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messageOf } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import type { RunContext } from '../../base/run.js';
import { audit, auditTable, drawSheets } from '../../data/audit/index.js';
import { decodeFile } from '../../data/decode/index.js';
import { inspectionTable, inspectPrepared, prepare } from '../../data/prepare/index.js';
import { drawIdentity } from './dicom.js';
import { readPhantoms, writePhantoms } from './index.js';

let root: string;
let secrets: readonly string[];
const logged: string[] = [];
const run: RunContext = {
  progress: {
    start(label) {
      logged.push(label);
      return { advance: (_units, note) => void logged.push(note ?? ''), done() {} };
    },
  },
};

/** Every file below a folder, names and bytes. */
async function everything(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const parts = entries.map(async (entry) =>
    entry.isFile()
      ? `${entry.name}\n${await readFile(join(entry.parentPath, entry.name), 'latin1')}`
      : entry.name,
  );
  return (await Promise.all(parts)).join('\n');
}

function expectNoneOf(text: string): void {
  const left = secrets.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));
  expect(left).toEqual([]);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'privacy-'));
  await writePhantoms(join(root, 'archive'), { images: 16, size: 64, positives: 0.5, seed: 9 }, run);
  secrets = Array.from({ length: 16 }, (_, i) =>
    drawIdentity(seededRandom(`phantom/9/${i}`).fork('identity')),
  ).flatMap(({ patientId, name, birthDate, accession, study, series, instance }) => [
    patientId,
    ...name.split('^'),
    birthDate,
    accession,
    study,
    series,
    instance,
  ]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('the archive itself holds all the identifiers that are searched for', async () => {
  const text = await everything(join(root, 'archive'));
  expect(secrets.length).toBe(16 * 8);
  expect(secrets.filter((secret) => !text.includes(secret))).toEqual([]);
});

it.each(['presence', 'tiles'])(
  'a set prepared for %s holds no identifier, finished or interrupted',
  async (task) => {
    const dir = join(root, task);
    const archive = await readPhantoms(join(root, 'archive'), run);
    const request = {
      task,
      decode: decodeFile,
      image: { size: 32 },
      taskOptions: task === 'tiles' ? { size: 32 } : {},
    };
    const stopped = new AbortController();
    const stopping: RunContext = {
      progress: {
        start: (label) => ({
          advance: () => label === 'preparing images' && stopped.abort(),
          done() {},
        }),
      },
      signal: stopped.signal,
    };
    await expect(prepare(archive, request, dir, stopping)).rejects.toThrow('stopped');
    if (task === 'presence') expectNoneOf(await everything(dir));
    await prepare(archive, request, dir, run);
    expectNoneOf(await everything(dir));
    expectNoneOf(inspectionTable(await inspectPrepared(dir)));
  },
);

it('tells of damaged and missing files without their names', async () => {
  const archive = await readPhantoms(join(root, 'archive'), run);
  const [cut, gone, empty] = archive.records;
  const bytes = await readFile(cut!.path);
  await writeFile(cut!.path, bytes.subarray(0, 900));
  await rm(gone!.path);
  await writeFile(empty!.path, '');
  const dir = join(root, 'damaged');
  const manifest = await prepare(
    archive,
    { task: 'presence', decode: decodeFile, image: { size: 32 } },
    dir,
    run,
  );
  expect(manifest.problems).toHaveLength(3);
  expectNoneOf(await everything(dir));
  const only = { ...archive, records: [gone!] };
  const failed = prepare(only, { task: 'presence', decode: decodeFile }, join(root, 'failed'), run);
  expectNoneOf(await failed.then(() => 'no error', messageOf));
});

it('an audit, its table and its contact sheets hold no identifier', async () => {
  const archive = await readPhantoms(join(root, 'archive'), run);
  const inputs = [{ archive }, { archive: { ...archive, name: 'again' } }];
  const report = await audit(inputs, { decode: decodeFile }, run);
  expect(report.findings.length).toBeGreaterThan(10);
  const dir = join(root, 'audit');
  expect(await drawSheets(inputs, report, decodeFile, dir, run)).not.toEqual([]);
  expectNoneOf(JSON.stringify(report));
  expectNoneOf(auditTable(report, 1000));
  expectNoneOf(await everything(dir));
});

it('nothing that was told along the way holds an identifier', () => {
  expect(logged).toContain('preparing images');
  expectNoneOf(logged.join('\n'));
});
