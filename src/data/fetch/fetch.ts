import { rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod/mini';
import { inputError, messageOf } from '../../base/errors.js';
import { readTextIfThere, writeWhole } from '../../base/files.js';
import { maximumJson, parseJson, type Schema, whole } from '../../base/json.js';
import { withFolder } from '../../base/lock.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Dataset, DatasetFile } from '../dataset.js';
import { exists } from '../formats/files.js';
import { type Download, download } from './download.js';
import { untar } from './tar.js';
import { unzip } from './zip.js';

export interface Fetched {
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Number of files unpacked from an archive. */
  readonly unpacked?: number;
}

export interface FetchReport {
  readonly fetched: readonly Fetched[];
  /** Remaining manual steps; `undefined` where the data set is complete. */
  readonly instructions?: string;
}

/**
 * File in the folder that lists fetched files with their hashes, so that a second call fetches only missing
 * files.
 */
const receiptName = 'fetched.json';

/**
 * Downloads a data set's public files below `destination`, resumes interrupted downloads, and unpacks
 * archives. Where the data set needs registration, the report has instructions.
 */
export async function fetchDataset(
  dataset: Dataset,
  destination: string,
  run: RunContext,
  settings: Pick<Download, 'pause' | 'limit'> = {},
): Promise<FetchReport> {
  const complete = dataset.files !== undefined && dataset.obtain === undefined;
  const fetched = dataset.files?.length
    ? await withFolder(destination, () => bringAll(dataset.files!, destination, run, settings))
    : [];
  return complete ? { fetched } : { fetched, instructions: instructionsFor(dataset, destination) };
}

async function bringAll(
  files: NonNullable<Dataset['files']>,
  destination: string,
  run: RunContext,
  settings: Pick<Download, 'pause' | 'limit'>,
): Promise<readonly Fetched[]> {
  const before = await readReceipts(join(destination, receiptName));
  const fetched: Fetched[] = [];
  for (const file of files) {
    await checkpoint(run);
    const target = inside(destination, file.path);
    const had = before.find(({ path, url }) => path === file.path && url === file.url);
    const there = had !== undefined && (had.unpacked !== undefined || (await exists(target)));
    const receipt = there ? had : await bring(file, target, run, settings);
    fetched.push(receipt);
    await writeWhole(join(destination, receiptName), `${JSON.stringify(fetched, null, 2)}\n`);
  }
  return fetched;
}

/** Instructions for registration and the expected folder layout. */
export function instructionsFor(
  { title, access, source, obtain, layout }: Dataset,
  destination: string,
): string {
  const why = access === 'registration' ? 'needs a registration' : 'has no direct download';
  const lines = layout.map((line) => `  ${line}`);
  return [
    `${title} ${why}. ${obtain ?? `See ${source}.`}`,
    `Below ${destination} there should then be:`,
    ...lines,
  ].join('\n');
}

async function bring(
  file: DatasetFile,
  target: string,
  run: RunContext,
  settings: Pick<Download, 'pause' | 'limit'>,
): Promise<Fetched> {
  const { url, path, size, sha256, unpack, strip = 0 } = file;
  const got = await download({ url, target, size, sha256, ...settings }, run);
  if (unpack === undefined) return { path, url, ...got };
  try {
    const open = unpack === 'zip' ? unzip : untar;
    const unpacked = await open(target, dirname(target), strip, run);
    return { path, url, ...got, unpacked };
  } catch (error) {
    throw inputError(`${path}: ${messageOf(error)}`, error);
  } finally {
    await rm(target, { force: true });
  }
}

const receipts: Schema<readonly Fetched[]> = z.array(
  z.object({
    path: z.string(),
    url: z.string(),
    bytes: whole(),
    sha256: z.string(),
    unpacked: z.optional(whole()),
  }),
);

async function readReceipts(path: string): Promise<readonly Fetched[]> {
  const text = await readTextIfThere(path, maximumJson);
  return text === undefined ? [] : parseJson(text, receipts, path, 'remove it to fetch all again');
}

function inside(root: string, path: string): string {
  const target = resolve(root, path);
  if (!target.startsWith(resolve(root) + sep)) throw inputError(`${path}: lies outside ${root}`);
  return target;
}
