import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '../base/errors.js';
import { sha256 } from '../base/files.js';
import { type GivenOptions, readOptions } from '../base/options.js';
import { quietly, type RunContext } from '../base/run.js';
import { findDataset, readArchive } from '../data/catalogue.js';
import { decodeFile } from '../data/decode/index.js';
import { openPrepared, prepare } from '../data/prepare/index.js';
import type { Archive } from '../data/record.js';
import type { Task } from '../data/sample.js';
import { phantomOptions, readPhantoms, writePhantoms } from '../synthetic/phantom.js';

/** Which data, and what classification task is made of it. */
export interface DatasetRequest {
  /** A data set's name, or `phantom`. */
  readonly dataset: string;
  /** Where its files lie; phantoms are drawn. */
  readonly root?: string;
  readonly datasetOptions?: GivenOptions;
  /** A reformulation: presence by default. */
  readonly task?: string;
  readonly taskOptions?: GivenOptions;
  readonly image?: GivenOptions;
  readonly split?: GivenOptions;
  readonly seed?: number;
}

/** Reads the annotations that a request names; phantoms are drawn first, below `drawn`. */
export async function openArchive(request: DatasetRequest, drawn: string, run: RunContext): Promise<Archive> {
  if (request.dataset === 'phantom') {
    const options = readOptions(phantomOptions, request.datasetOptions ?? {}, 'data set phantom');
    const dir = request.root ?? join(drawn, `phantom-${keyOf(options)}`);
    if (request.root === undefined && !(await exists(join(dir, 'stage_2_train_labels.csv')))) {
      await writePhantoms(dir, options, run);
    }
    return readPhantoms(dir, run);
  }
  const { title } = findDataset(request.dataset);
  if (request.root === undefined)
    throw usageError(`data set ${request.dataset} (${title}) needs the folder of its files: root`);
  return readArchive(request.dataset, request.root, request.datasetOptions ?? {}, run);
}

/** Prepares the request's task in `dir`, where that is not done yet, and opens it. */
export async function prepareTask(
  request: DatasetRequest,
  dir: string,
  drawn: string,
  run: RunContext,
): Promise<Task> {
  const archive = await openArchive(request, drawn, run);
  const { task = 'presence', taskOptions, image, split, seed = 0 } = request;
  const settings = { ...defaultsOf(request.dataset), ...image };
  await prepare(archive, { task, taskOptions, split, image: settings, seed, decode: decodeFile }, dir, run);
  return openPrepared(dir);
}

/**
 * A classification task by its data set's name, or by the folder of a prepared set. What is prepared lies below `data/`
 * and is not made again.
 */
export async function loadDataset(
  name: string,
  options: Omit<DatasetRequest, 'dataset'> & { readonly data?: string } = {},
  run: RunContext = quietly,
): Promise<Task> {
  if (await exists(join(name, 'manifest.json'))) return openPrepared(name);
  const { data = 'data', ...request } = options;
  const dir = join(data, `${name}-${keyOf(request)}`);
  return prepareTask({ dataset: name, ...request }, dir, data, run);
}

/** Radiographs are grey and phantoms small; everything else is seen in colour at the usual size. */
const defaultsOf = (dataset: string): GivenOptions =>
  dataset === 'phantom' ? { size: 128, channels: 1 } : { channels: 3 };

const keyOf = (value: unknown) => sha256(JSON.stringify(value)).slice(0, 8);

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
