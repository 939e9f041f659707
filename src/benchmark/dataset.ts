import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, usageError } from '../base/errors.js';
import { sha256 } from '../base/files.js';
import { memberOf } from '../base/names.js';
import { type GivenOptions, type OptionsOf, readOptions } from '../base/options.js';
import { registryOf } from '../base/registry.js';
import { quietly, type RunContext } from '../base/run.js';
import type { Dataset } from '../data/dataset.js';
import { readDataset } from '../data/datasets/catalogue.js';
import * as archives from '../data/datasets/index.js';
import { decodeFile } from '../data/decode/index.js';
import { type imageOptions, openPrepared, type PrepareRequest, prepare } from '../data/prepare/index.js';
import type { Archive } from '../data/record.js';
import type { Task } from '../data/sample.js';
import type { splitOptions } from '../data/split/index.js';
import { trainingOptions } from '../model/training/options.js';
import { networkFor, optionsWith } from '../model/training/train.js';
import { phantom } from '../synthetic/phantom/index.js';

/** Which data, and what classification task is made of it. */
export interface DatasetRequest {
  /** A data set's name (`phantom` is drawn), or one's own. */
  readonly dataset: string | Dataset;
  /** Where its files lie; phantoms are drawn. */
  readonly root?: string;
  readonly datasetOptions?: GivenOptions;
  /** A reformulation: the data set's default one where it is left out. */
  readonly task?: string;
  readonly taskOptions?: GivenOptions;
  readonly image?: OptionsOf<typeof imageOptions>;
  readonly split?: OptionsOf<typeof splitOptions>;
  readonly seed?: number;
}

/** Every data set by its name: the archives of the catalogue, and the drawn ones. */
export const allDatasets = registryOf(archives, { phantom });

/** A data set by its name, or one of the caller's own. */
export const datasetOf = (given: string | Dataset): Dataset =>
  memberOf<Dataset>(allDatasets, given, 'data set');

/** Reads the annotations that a request names; what is drawn is drawn first, below `drawn`. */
export async function openArchive(request: DatasetRequest, drawn: string, run: RunContext): Promise<Archive> {
  const dataset = datasetOf(request.dataset);
  const given = request.datasetOptions ?? {};
  const { name, title } = dataset;
  if (dataset.access !== 'drawn' && request.root === undefined)
    throw usageError(`data set ${name} (${title}) needs root, the folder of its files`);
  const drawing = () => join(drawn, `${name}-${keyOf(readOptions(dataset.options, given, name))}`);
  return readDataset(dataset, request.root ?? drawing(), given, run);
}

/** What the request makes of its data: what it says, over what the data set does by default. */
export function prepareRequest(request: DatasetRequest): PrepareRequest {
  const { defaults } = datasetOf(request.dataset);
  const { task = defaults.task, taskOptions, split, image, seed = 0 } = request;
  return {
    task,
    taskOptions: { ...defaults.taskOptions?.[task], ...taskOptions },
    split,
    image: { ...defaults.image, ...defaults.imageFor?.[task], ...image },
    seed,
    decode: decodeFile,
  };
}

/** What a data set's classifier is trained with: what is given, over what suits the data set and fits the network. */
export function trainingFor(dataset: string | Dataset, given: GivenOptions): GivenOptions {
  const usual = datasetOf(dataset).defaults.training ?? {};
  const network = networkFor(given.architecture ?? usual.architecture);
  const specs = optionsWith(network);
  const same = network === networkFor(usual.architecture);
  const fits = (name: string) => name in specs && (same || name in trainingOptions);
  const kept = Object.entries(usual).filter(([name]) => fits(name));
  return { ...Object.fromEntries(kept), ...given };
}

/** Prepares the request's task in `dir`, where that is not done yet, and opens it. */
export async function prepareTask(
  request: DatasetRequest,
  dir: string,
  drawn: string,
  run: RunContext,
): Promise<Task> {
  await prepare(await openArchive(request, drawn, run), prepareRequest(request), dir, run);
  return openPrepared(dir);
}

/**
 * A classification task by its data set's name, of a data set of one's own, or by the folder of a prepared set (`./bccd` where it is called as a data
 * set is). What is prepared lies below `data/`
 * and is not made again.
 */
export async function loadDataset(
  dataset: string | Dataset,
  options: Omit<DatasetRequest, 'dataset'> & { readonly data?: string } = {},
  run: RunContext = quietly,
): Promise<Task> {
  if (typeof dataset === 'string' && !(dataset in allDatasets)) {
    if (await exists(join(dataset, 'manifest.json'))) return openPrepared(dataset);
  }
  const { data = 'data', ...request } = options;
  const dir = join(data, `${datasetOf(dataset).name}-${keyOf(request)}`);
  return prepareTask({ dataset, ...request }, dir, data, run);
}

const keyOf = (value: unknown) => sha256(JSON.stringify(value)).slice(0, 8);

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Throws where there is nothing to learn: every training sample has the same label. */
export function requireSeveralLabels({ name, classes, train }: Task): void {
  const seen = new Set(train.map(({ labels }) => labels.join()));
  if (train.length < 2 || seen.size > 1) return;
  const what = train[0]!.labels.map((label) => `'${classes[label]}'`).join(' and ') || 'none of the classes';
  throw inputError(
    `all ${train.length} training samples of ${name} show ${what}: there is nothing to learn; choose another finding or task`,
  );
}
