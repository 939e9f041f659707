import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { changedSetting } from '../../base/changed-setting.js';
import {
  environmentError,
  inputError,
  isOfSystem,
  reasonOf,
  SightlineError,
  usageError,
} from '../../base/errors.js';
import { checkWritable, sha256, writeWhole } from '../../base/files.js';
import { withFolder } from '../../base/lock.js';
import type { RunContext } from '../../base/run.js';
import type { Archive, Problem } from '../record.js';
import { summarise } from '../reformulate/summary.js';
import { type Entry, makeChunk } from './chunk.js';
import { writeContents } from './contents.js';
import { append, readJournal, startJournal } from './journal.js';
import { arrayNames, files, imageBytes, type Manifest, maskBytes, type PreparedRow } from './layout.js';
import { contentHashOf, readManifest, writeManifest } from './manifest.js';
import { verifyPrepared } from './open.js';
import { readSources, removeSources, writeSources } from './pictures/sources.js';
import { type Plan, type PrepareRequest, planned } from './plan.js';
import { retold } from './retold.js';
import { countsOf, problemsOf, tableOf } from './rows.js';
import { needsSources } from './shown-whole.js';

/**
 * Writes an archive as a prepared set: a manifest, a table of samples, and packed arrays of images `[C,
 * H, W]` and masks `[H, W]`, one row per sample. An interrupted preparation resumes and gives the same
 * bytes. A finished one stays, with what the archive tells now, unless the content of an input changed
 * or the set was damaged: then it is made again. Memory does not grow with the number of images.
 * Unreadable images become problems in the manifest. Throws where the folder holds another set, no image
 * can be read, or there are more than a million problems.
 */
export async function prepare(
  archive: Archive,
  request: PrepareRequest,
  dir: string,
  run: RunContext,
): Promise<Manifest> {
  const finished = await readManifest(dir);
  if (finished === undefined) await checkWritable(dir);
  const plan = await planned(archive, request, run);
  const kept = finished?.plan === plan.hash ? await keptRows(dir) : undefined;
  const told = finished && kept && retold(finished, archive, plan, kept);
  if (told !== undefined) {
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(told)), finished)) {
      checkProblems(archive.name, told.problems);
      await withFolder(dir, () => writeManifest(dir, told).catch(unwritten(dir)));
    }
    return told;
  }
  if (finished !== undefined && finished.request !== plan.request) {
    throw usageError(
      `${dir} holds another prepared set (${changeOf(finished, archive, request, plan)}); remove it or choose another folder`,
    );
  }
  checkProblems(archive.name, plan.problems);
  return withFolder(dir, () => make(archive, request, plan, dir, run).catch(unwritten(dir)));
}

/** In what a finished set differs from what is asked for. */
function changeOf(finished: Manifest, { name }: Archive, request: PrepareRequest, plan: Plan): string {
  const { dataset, task, taskOptions, split, seed, image } = finished;
  const asked = {
    dataset: name,
    task: request.task,
    taskOptions: plan.taskOptions,
    split: plan.splitOptions,
  };
  const own = JSON.parse(JSON.stringify({ ...asked, seed: request.seed ?? 0, image: plan.form }));
  return (
    changedSetting({ dataset, task, taskOptions, split, seed, image }, own) ??
    `${finished.name} of images in another folder, or made of a file that has changed`
  );
}

/** The rows of a finished set where its files are there and as they were written. */
async function keptRows(dir: string): Promise<readonly PreparedRow[] | undefined> {
  try {
    const { rows, manifest } = await verifyPrepared(dir);
    return !needsSources(rows, manifest.image) || (await readSources(dir)) !== undefined ? rows : undefined;
  } catch (error) {
    if (error instanceof SightlineError && error.kind === 'input') return undefined;
    throw error;
  }
}

/** Rethrows an error of the file system, such as a full disk, with the folder. */
const unwritten = (dir: string) => (error: unknown) => {
  throw isOfSystem(error) ? environmentError(`${dir} can't be written: ${reasonOf(error)}`) : error;
};

/** The number of problems that a manifest may hold, within the length of a string. */
const maximumProblems = 1_000_000;

function checkProblems(name: string, problems: readonly Problem[]): void {
  if (problems.length <= maximumProblems) return;
  const { image, problem } = problems[0]!;
  throw inputError(
    `${name} has ${problems.length} problems, such as ${image}: ${problem}; at most ${maximumProblems} are accepted`,
  );
}

async function make(
  archive: Archive,
  request: PrepareRequest,
  plan: Plan,
  dir: string,
  run: RunContext,
): Promise<Manifest> {
  // A manifest that is still there is one of inputs whose content has changed since.
  await rm(join(dir, files.manifest), { force: true });
  await removeSources(dir);
  const entries = await makeArrays(plan, request, dir, run);
  const results = entries.flatMap((entry) => entry.results);
  const table = tableOf(plan, archive.anatomy, results);
  if (table.length === 0) {
    const first = results.find(({ problem }) => problem !== undefined)?.problem;
    const which = results.length === 1 ? 'the only sample of' : `none of the ${results.length} samples of`;
    throw inputError(
      `${which} ${archive.name} ${results.length === 1 ? 'cannot' : 'could'} be read (${first})`,
    );
  }
  const tableText = `${JSON.stringify(table).replaceAll('},{"row"', '},\n{"row"')}\n`;
  const chunks = entries.map(({ images, masks }) => ({ images, masks }));
  const drawn = problemsOf(plan, results);
  const { reformulated, form } = plan;
  const manifest: Manifest = {
    format: 'sightline-prepared',
    version: 1,
    name: `${archive.name}-${request.task}`,
    dataset: archive.name,
    task: request.task,
    taskOptions: plan.taskOptions,
    split: plan.splitOptions,
    seed: request.seed ?? 0,
    image: form,
    classes: reformulated.classes,
    multiLabel: reformulated.multiLabel,
    ...(reformulated.regression && { regression: true }),
    rows: results.length,
    chunkRows: plan.chunkRows,
    chunks,
    table: sha256(tableText),
    contentHash: contentHashOf({ chunks, table: sha256(tableText), classes: reformulated.classes }),
    request: plan.request,
    plan: plan.hash,
    counts: countsOf(plan, results),
    archive: summarise(archive),
    problems: [...plan.problems, ...drawn],
    drawnProblems: drawn.length,
  };
  if (needsSources(table, manifest.image)) {
    const records = [...new Set(reformulated.recipes.map(({ record }) => record))];
    await writeSources(dir, records, request.decode, plan.parallel, run);
  }
  await writeContents(dir, plan.contents);
  await writeWhole(join(dir, files.table), tableText);
  await writeManifest(dir, manifest);
  await rm(join(dir, files.progress), { force: true });
  return manifest;
}

async function makeArrays(
  { hash, form, reformulated, chunkRows, parallel }: Plan,
  { decode }: PrepareRequest,
  dir: string,
  run: RunContext,
): Promise<readonly Entry[]> {
  const { recipes } = reformulated;
  const names = arrayNames(form);
  const [images, masks] = await Promise.all([
    openArray(join(dir, names.images)),
    openArray(join(dir, names.masks)),
  ]);
  const step = run.progress.start('preparing images', recipes.length);
  try {
    const entries = [...(await keptEntries(await readJournal(dir, hash), images, masks))];
    const rowsOf = (entry: Entry) => entry.results.length;
    step.advance(entries.reduce((sum, entry) => sum + rowsOf(entry), 0));
    await startJournal(dir, hash);
    for (const entry of entries) await append(dir, entry);
    for (let chunk = entries.length; chunk * chunkRows < recipes.length; chunk++) {
      const part = recipes.slice(chunk * chunkRows, (chunk + 1) * chunkRows);
      const made = await makeChunk(part, form, decode, parallel, run, () => step.advance());
      await images.write(made.images, 0, made.images.length, chunk * chunkRows * imageBytes(form));
      await masks.write(made.masks, 0, made.masks.length, chunk * chunkRows * maskBytes(form));
      const entry = { chunk, images: sha256(made.images), masks: sha256(made.masks), results: made.results };
      await append(dir, entry);
      entries.push(entry);
    }
    await images.truncate(recipes.length * imageBytes(form));
    await masks.truncate(recipes.length * maskBytes(form));
    return entries;
  } finally {
    step.done();
    await Promise.all([images.close(), masks.close()]);
  }

  /** The leading journal entries whose checksums match the arrays. */
  async function keptEntries(entries: readonly Entry[], imageFile: FileHandle, maskFile: FileHandle) {
    for (const [index, entry] of entries.entries()) {
      const from = index * chunkRows;
      const rows = Math.min(chunkRows, recipes.length - from);
      const same =
        entry.results.length === rows &&
        (await hashAt(imageFile, from * imageBytes(form), rows * imageBytes(form))) === entry.images &&
        (await hashAt(maskFile, from * maskBytes(form), rows * maskBytes(form))) === entry.masks;
      if (!same) return entries.slice(0, index);
    }
    return entries;
  }
}

/** SHA-256 of a range of a file. */
async function hashAt(file: FileHandle, position: number, length: number): Promise<string> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return sha256(bytes.subarray(0, bytesRead));
}

const openArray = (path: string) =>
  open(path, 'a+').then(async (made) => {
    await made.close();
    return open(path, 'r+');
  });
