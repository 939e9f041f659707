import { join } from 'node:path';
import { inputError, usageError } from '../base/errors.js';
import { exists, sha256 } from '../base/files.js';
import { memberOf } from '../base/names.js';
import {
  type GivenOptions,
  type OptionsFor,
  type OptionsOf,
  readOptions,
  withoutPrivate,
} from '../base/options.js';
import { type NameIn, registryOf } from '../base/registry.js';
import { quietly, type RunContext } from '../base/run.js';
import type { Dataset } from '../data/dataset.js';
import { readDataset } from '../data/datasets/catalogue.js';
import * as archives from '../data/datasets/index.js';
import { decodeFile } from '../data/decode/index.js';
import {
  checkUsable,
  type imageOptions,
  openPrepared,
  type PrepareRequest,
  prepare,
} from '../data/prepare/index.js';
import type { Archive } from '../data/record.js';
import type { reformulations } from '../data/reformulate/index.js';
import type { Task } from '../data/sample.js';
import type { splitOptions } from '../data/split/index.js';
import { networkFor, optionsWith } from '../model/training/network.js';
import { trainingOptions } from '../model/training/options.js';
import * as synthetic from '../synthetic/index.js';
import { usualTask } from './usual-task.js';

/** A data set `D` and the classification task that reformulation `T` makes of it. */
export interface DatasetRequest<D = DatasetName | Dataset, T = TaskName> {
  /** The name of a data set (`phantom` is generated), or your own data set. */
  readonly dataset: D;
  /** The folder of the data set's files; not needed for `phantom`. */
  readonly root?: string;
  /** Options of the data set. */
  readonly datasetOptions?: OptionsFor<typeof allDatasets, D>;
  /** The name of the task's reformulation; by default the data set's own choice. */
  readonly task?: T;
  /** Options of the reformulation. */
  readonly taskOptions?: OptionsFor<typeof reformulations, T>;
  /** Size, channels and cropping of the images. */
  readonly image?: OptionsOf<typeof imageOptions>;
  /** How to split the samples into training, validation and test. */
  readonly split?: OptionsOf<typeof splitOptions>;
  /** Seed of the task and of the split. */
  readonly seed?: number;
}

/** A prepared set instead of a data set. */
export interface PreparedRequest {
  /** The folder of the prepared set. */
  readonly prepared: string;
}

/** All data sets by name: the catalogue's archives and the generated ones. */
export const allDatasets = registryOf(archives, synthetic);

/** The name of a data set, and of a reformulation. */
export type DatasetName = NameIn<typeof allDatasets>;
export type TaskName = NameIn<typeof reformulations>;

/** Returns a registered data set by name, or the caller's own unchanged. */
export const datasetOf = (given: string | Dataset): Dataset =>
  memberOf<Dataset>(allDatasets, given, 'data set');

/**
 * Reads the annotations of the requested data set. Generates generated data sets below the folder `drawn`
 * first. Throws a usage error when `root` is needed but missing.
 */
export async function openArchive(request: DatasetRequest, drawn: string, run: RunContext): Promise<Archive> {
  const dataset = datasetOf(request.dataset);
  const given = request.datasetOptions ?? {};
  const { name, title } = dataset;
  if (dataset.access !== 'drawn' && request.root === undefined)
    throw usageError(`data set ${name} (${title}) needs root, the folder of its files`);
  const root = request.root ?? join(drawn, `${name}-${keyOf(await identityOf(dataset, given))}`);
  return readDataset(dataset, root, given, run);
}

/** What a data set's images depend on: all options, defaults included, and the version of a generator. */
export async function identityOf(
  { name, options, version, identity }: Dataset,
  given: GivenOptions,
): Promise<unknown> {
  const values = readOptions(options, given, name);
  return [version, identity === undefined ? values : await identity(values)];
}

/** Fills in the data set's defaults. */
export function prepareRequest(request: DatasetRequest): PrepareRequest {
  const { defaults } = datasetOf(request.dataset);
  const { task = defaults.task, taskOptions, split, image, datasetOptions = {}, seed = 0 } = request;
  return {
    task,
    taskOptions: { ...defaults.taskOptions?.[task], ...taskOptions },
    split,
    image: {
      ...defaults.image,
      ...defaults.imageFor?.[task],
      ...defaults.imageOf?.(datasetOptions),
      ...image,
    },
    seed,
    decode: decodeFile,
  };
}

/** What the files of a run keep of a request: nothing of where its files lie, and no private value. */
export function toldRequest(request: DatasetRequest) {
  const { name, options } = datasetOf(request.dataset);
  const { root: _, datasetOptions, ...rest } = request;
  const told = datasetOptions && { datasetOptions: withoutPrivate(options, datasetOptions) };
  return { ...rest, dataset: name, ...told };
}

/** Training options: the given ones, then the data set's defaults that apply to the network. */
export function trainingFor(dataset: string | Dataset, given: GivenOptions): GivenOptions {
  const usual = datasetOf(dataset).defaults.training ?? {};
  const network = networkFor(given.architecture ?? usual.architecture);
  const specs = optionsWith(network);
  const same = network === networkFor(usual.architecture);
  const fits = (name: string) => name in specs && (same || name in trainingOptions);
  const kept = Object.entries(usual).filter(([name]) => fits(name));
  return { ...Object.fromEntries(kept), ...given };
}

/** Prepares the requested task in `dir`, unless it is there already, and opens it. */
export async function prepareTask(
  request: DatasetRequest,
  dir: string,
  drawn: string,
  run: RunContext,
): Promise<{ readonly task: Task; readonly archive: Archive }> {
  const archive = await openArchive(request, drawn, run);
  checkUsable(archive);
  const { asked } = usualTask(request, archive) ?? {};
  await prepare(archive, prepareRequest({ ...request, ...asked }), dir, run);
  return { task: await openPrepared(dir), archive };
}

/**
 * What an experiment takes of a data set or of a prepared set, in the folder `from`: `open` prepares the
 * former in a folder.
 */
export function experimentOn(data: DatasetRequest | PreparedRequest, training: GivenOptions) {
  if ('prepared' in data)
    return { training, told: {}, from: data.prepared, open: () => openPrepared(data.prepared) };
  return {
    training: trainingFor(data.dataset, training),
    from: undefined,
    told: toldRequest(data),
    open: async (seed: number, dir: string, drawn: string, run: RunContext) =>
      (await prepareTask({ ...data, seed }, dir, drawn, run)).task,
  };
}

/**
 * Loads a classification task: of a data set by name, of your own data set, or from the folder of a prepared
 * set (write `./bccd` when the folder has a data set's name). Prepared data is stored below `data/` and
 * reused. Throws a usage error when `root` is needed but missing.
 */
export async function loadDataset<D extends DatasetName | Dataset, T extends TaskName>(
  dataset: D,
  options: Omit<DatasetRequest<D, T>, 'dataset'> & { readonly data?: string } = {},
  run: RunContext = quietly,
): Promise<Task> {
  if (typeof dataset === 'string' && (await isPrepared(dataset))) return openPrepared(dataset);
  const { data = 'data', ...request } = options;
  const found = datasetOf(dataset);
  const identity = await identityOf(found, request.datasetOptions ?? {});
  const dir = join(data, `${found.name}-${keyOf([request, identity])}`);
  return (await prepareTask({ dataset, ...request }, dir, data, run)).task;
}

/** Whether a name is that of a prepared set's folder. */
export const isPrepared = async (dataset: string): Promise<boolean> =>
  !(dataset in allDatasets) && exists(join(dataset, 'manifest.json'));

const keyOf = (value: unknown) => sha256(JSON.stringify(value)).slice(0, 8);

/** Throws an input error when all training samples have the same labels. */
export function requireSeveralLabels({ name, classes, train }: Task): void {
  const seen = new Set(train.map(({ labels, value = '' }) => `${labels.join()} ${value}`));
  if (train.length < 2 || seen.size > 1) return;
  const what = train[0]!.labels.map((label) => `'${classes[label]}'`).join(' and ') || 'none of the classes';
  throw inputError(
    `all ${train.length} training samples of ${name} show ${what}: there is nothing to learn; choose another finding or task`,
  );
}
