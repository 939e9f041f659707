import { availableParallelism } from 'node:os';
import { dirname, resolve, sep } from 'node:path';
import { shortDigest } from '../../base/changes.js';
import { inputError } from '../../base/errors.js';
import { hashOfFile, sha256 } from '../../base/files.js';
import { groupBy } from '../../base/groups.js';
import { kebabKeys } from '../../base/names.js';
import { type GivenOptions, type OptionsOf, readOptions } from '../../base/options.js';
import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import type { Archive, Problem, Region, Split } from '../record.js';
import { type Recipe, type Reformulated, reformulate, reformulationOf } from '../reformulate/index.js';
import { assignSplits, splitOptions } from '../split/index.js';
import type { Contents } from './contents.js';
import { keepsRuns } from './finding-runs.js';
import { imageBytes } from './layout.js';
import { withMarks } from './marks.js';
import { isMixed, withParts } from './parts.js';
import type { Decode } from './pictures/source.js';
import { withSizes } from './sizes.js';
import { tissueOf } from './tissue.js';
import { type ImageForm, imageForm, imageOptions } from './view.js';

export interface PrepareRequest {
  /** Name of the reformulation. */
  readonly task: string;
  readonly taskOptions?: GivenOptions;
  readonly split?: OptionsOf<typeof splitOptions>;
  readonly image?: OptionsOf<typeof imageOptions>;
  readonly seed?: number;
  readonly decode: Decode;
  /** Number of concurrent images; by default one more than the CPU cores. */
  readonly parallel?: number;
}

/** Everything that determines a prepared set; made before its images are drawn. */
export interface Plan {
  /** Hash of the request and the input folder; equal for sets from the same files, whatever their content. */
  readonly request: string;
  /** Hash of the request and the content of all input files. */
  readonly hash: string;
  /** Digests of that content. */
  readonly contents: Contents;
  readonly form: ImageForm;
  readonly reformulated: Reformulated;
  /** The archive's problems, and those of images whose size or regions cannot be read. */
  readonly problems: readonly Problem[];
  readonly splits: ReadonlyMap<string, Split>;
  readonly taskOptions: Readonly<Record<string, unknown>>;
  readonly splitOptions: Readonly<Record<string, unknown>>;
  readonly chunkRows: number;
  readonly parallel: number;
}

/** Bytes of images per chunk. A chunk is in memory while it is prepared. */
const CHUNK_BYTES = 4 * 2 ** 20;

export async function planned(archive: Archive, request: PrepareRequest, run: RunContext): Promise<Plan> {
  const { seed = 0, decode, parallel = availableParallelism() + 1 } = request;
  const form = imageForm(readOptions(imageOptions, request.image ?? {}, 'prepare'));
  const declared = reformulationOf(request.task);
  const needsSize = declared.needsSize || archive.records.some(isMixed);
  const measured = needsSize ? await withSizes(archive, decode, parallel, run) : archive;
  const sized = await withParts(measured, parallel, run);
  const taskOptions = readOptions(declared.options, request.taskOptions ?? {}, request.task);
  const marks = declared.needsMarks?.(sized, taskOptions);
  const { archive: readable, marked } = await withMarks(sized, marks ?? [], parallel, run);
  const tissue = declared.needsTissue?.(taskOptions)
    ? await tissueOf(readable, decode, parallel, run)
    : undefined;
  const reformulated = reformulate(readable, request.task, request.taskOptions, seed, marked, tissue);
  const { recipes } = reformulated;
  if (recipes.length === 0) {
    const [first] = archive.problems;
    const found = first ? `; ${archive.problems.length} problems were found, such as: ${first.problem}` : '';
    throw inputError(
      `the task ${request.task} leaves no sample of ${archive.name}: ${tellCounts(reformulated)}${found}`,
    );
  }
  const given = { ...(archive.splitBy && { by: archive.splitBy }), ...request.split };
  const splits = assignSplits(recipes.map(splittable), given, seed);
  const unused = given.by === undefined && !given.folds ? ownSplits(recipes) : 0;
  const contents = await contentsOf(recipes, parallel, run);
  const split = readOptions(splitOptions, given, 'split');
  const described = recipes.map((recipe) => [
    recipe.id,
    recipe.record.patient,
    splits.get(recipe.id),
    recipe.record.frame,
    contents.get(recipe.record.path),
    recipe.crop,
    recipe.labels,
    ...(recipe.value === undefined ? [] : [recipe.value]),
    recipe.boxes,
    recipe.regions.map((region) =>
      region.kind === 'file' ? [markedBy(region), contents.get(region.path)] : region,
    ),
    ...(keepsRuns(recipe) ? ['runs of each finding'] : []),
    ...(recipe.regions.some((region) => 'parts' in region) ? ['parts of masks'] : []),
    ...(recipe.record.asStored ? ['as stored'] : []),
  ]);
  const asked = sha256(
    JSON.stringify([2, archive.name, request.task, kebabKeys(taskOptions), kebabKeys(split), form, seed]),
  );
  const anatomy = archive.anatomy && recipes.map(({ record }) => record.boxes);
  const hash = sha256(
    JSON.stringify([asked, reformulated.classes, described, ...(anatomy ? [archive.anatomy, anatomy] : [])]),
  );
  return {
    request: sha256(JSON.stringify([asked, commonFolder(recipes.map(({ record }) => record.path))])),
    hash,
    contents: partsOf(recipes, contents),
    form,
    reformulated: {
      ...reformulated,
      counts: { ...reformulated.counts, ...(unused > 0 && { [UNUSED_SPLITS]: unused }) },
    },
    problems: readable.problems,
    splits,
    taskOptions,
    splitOptions: split,
    chunkRows: Math.max(1, Math.floor(CHUNK_BYTES / imageBytes(form))),
    parallel,
  };
}

const UNUSED_SPLITS =
  "images in a split of the data set's own, which is not used (split option by=official takes it)";

/** The number of images, where the data set states the split of all of them, and a test set. */
function ownSplits(recipes: readonly Recipe[]): number {
  const stated = recipes.map(({ record }) => record.split);
  const isWhole = !stated.includes(undefined) && stated.includes('test') && stated.includes('train');
  return isWhole ? new Set(recipes.map(({ record }) => record.id)).size : 0;
}

const splittable = ({ id, record, labels }: Recipe) => ({
  id,
  labels,
  patient: record.patient,
  site: record.site,
  split: record.split,
});

const tellCounts = ({ counts }: Reformulated): string =>
  Object.entries(counts)
    .map(([what, count]) => `${what}: ${count}`)
    .join('; ');

/** Common parent folder of all paths; it distinguishes archives of the same name. */
function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(resolve(path)).split(sep));
  const depth = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  return (depth < 0 ? first : first.slice(0, depth)).join(sep);
}

/**
 * Hashes of the input files, so that a changed archive changes the plan. Missing files are reported when they
 * are read.
 */
async function contentsOf(
  recipes: readonly Recipe[],
  parallel: number,
  run: RunContext,
): Promise<ReadonlyMap<string, string>> {
  const masks = recipes.flatMap(({ regions }) =>
    regions.flatMap((region) => (region.kind === 'file' ? [region.path] : [])),
  );
  const paths = [...new Set([...recipes.map(({ record }) => record.path), ...masks])];
  const hashed = async (path: string) => [path, (await hashOfFile(path)) ?? 'missing'] as const;
  return new Map(await mapPooled(run, 'comparing files', paths, hashed, parallel));
}

/** The label of a mask file, with the value by which it marks in a label map. */
const markedBy = ({ label, value }: Extract<Region, { kind: 'file' }>) =>
  value === undefined ? label : [label, value];

/** Digests by image of its file, of its masks, and of all that its annotations say. */
function partsOf(recipes: readonly Recipe[], files: ReadonlyMap<string, string>): Contents {
  return [...groupBy(recipes, ({ record }) => record.id).values()].flatMap((own) => {
    const { id, path, patient, split, frame, regions } = own[0]!.record;
    const masks = regions.flatMap((region) => (region.kind === 'file' ? [region] : []));
    const said = own.map(({ crop, labels, value, boxes, regions: kept }) => [
      ...[crop, labels, boxes],
      ...(value === undefined ? [] : [value]),
      kept.map((region) => (region.kind === 'file' ? markedBy(region) : region)),
    ]);
    return [
      [id, 'image', shortDigest(files.get(path)!)],
      ...masks.map(
        ({ label, path: mask }, i) =>
          [id, `mask ${i + 1} ('${label}')`, shortDigest(files.get(mask) ?? 'unread')] as const,
      ),
      [id, 'annotations', shortDigest(JSON.stringify([patient, split, frame, said]))],
    ] as const;
  });
}
