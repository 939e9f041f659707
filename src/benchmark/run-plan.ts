import type { Method } from '../attribution/method.js';
import { usageError } from '../base/errors.js';
import type { GivenOptions } from '../base/options.js';
import { openPrepared } from '../data/prepare/index.js';
import type { Engine } from '../engine/engine.js';
import { hashModelFiles, identityOf, type ModelFiles } from '../graph/model-files.js';
import type { Architecture } from '../model/architectures/architecture.js';
import type { LoadOptions } from '../model/load.js';
import { parseTarget, spelled, type Target } from '../model/target.js';
import { contentsBegunWith, toldTraining } from '../model/training/begun-with.js';
import { networkFor } from '../model/training/network.js';
import { checkAsked } from './asked.js';
import {
  type DatasetRequest,
  type PreparedRequest,
  prepareRequest,
  toldRequest,
  trainingFor,
} from './dataset.js';
import { type BenchmarkOptions, chosenMethods, chosenMetrics, statedIn } from './plan.js';
import type { MetricChoice } from './score-sample.js';
import { readTuned, type Tuned } from './tuned.js';
import { followsArchive } from './usual-task.js';

export interface BenchmarkRequest {
  readonly data: DatasetRequest | PreparedRequest;
  readonly training: GivenOptions;
  readonly options: BenchmarkOptions;
  readonly out: string;
  /** The folder for generated data sets. */
  readonly drawn: string;
}

/** What a run does, and the settings that identify it. */
export interface Plan {
  readonly methods: readonly Method[];
  readonly metrics: readonly MetricChoice[];
  readonly data: DatasetRequest | PreparedRequest;
  readonly training: GivenOptions;
  readonly given?: ModelFiles;
  /** What the user says of a given model. */
  readonly stated: Pick<LoadOptions, 'normalisation' | 'head'>;
  readonly tuned?: Tuned | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether to score again what is scored already. */
  readonly again: boolean;
}

/** Checks a request, and collects the settings that determine its results. */
export async function planned(request: BenchmarkRequest, engine: Engine): Promise<Plan> {
  const { options } = request;
  const methods = chosenMethods(options.methods);
  const target = options.target === undefined ? undefined : parseTarget(options.target);
  if (target) checkAsked(target);
  const metrics = chosenMetrics(options.metrics, { steps: options.steps, unit: options.unit, target });
  if (methods.length === 0 || metrics.length === 0)
    throw usageError('nothing is left to do: a benchmark needs a method and a metric');
  const { seed, explain, cases: which, samples, budget, steps, unit, precision } = options;
  const data = 'prepared' in request.data ? request.data : { ...request.data, seed };
  const training = 'prepared' in data ? request.training : trainingFor(data.dataset, request.training);
  const given = options.model === undefined ? undefined : await hashModelFiles(options.model);
  if (given === undefined) checkNetwork(networkFor(training.architecture), target);
  const { normalisation, head } = options;
  const tuned = options.tuned === undefined ? undefined : await readTuned(options.tuned, methods);
  if (given === undefined && normalisation !== undefined)
    throw usageError('a normalisation is for a model that was given; training has an option of its own');
  if (given === undefined && head !== undefined)
    throw usageError('a head is of a model that was given; a network that is trained has its own');
  const stated = statedIn(options);
  // The settings that determine the results. Paths do not, and methods and metrics may be added later.
  const config = {
    ...('prepared' in data ? await describedSet(data) : described(data)),
    ...(given === undefined
      ? { training: toldTraining(training), ...(await contentsBegunWith(training)) }
      : { ...identityOf(given), ...stated }),
    ...(which !== 'correct' && { cases: which }),
    ...(precision !== 'auto' && { precision }),
    ...(unit !== 'pixels' && { unit }),
    ...(budget !== undefined && { budget }),
    ...(tuned && { tuned }),
    ...(target && { target: spelled(target) }),
    ...{ explain, samples, steps, seed, engine: engine.name },
  };
  return { methods, metrics, data, training, given, stated, tuned, config, again: false };
}

/** Throws where a network that is trained makes no such number. */
function checkNetwork({ name, segments }: Architecture, target: Target | undefined): void {
  const isRegion = target?.kind === 'region';
  if (segments && !isRegion)
    throw usageError(
      `${name} is a segmentation network: say which of its numbers is explained, such as --target region:1@predicted`,
    );
  if (!segments && (isRegion || target?.kind === 'box'))
    throw usageError(
      `${name} gives an image a score for each class, and has no ${target.kind} to explain; train unet for regions, or give a --model`,
    );
}

function described(data: DatasetRequest) {
  const { dataset, datasetOptions = {} } = toldRequest(data);
  const { task, taskOptions, split, image } = prepareRequest(data);
  const asked = followsArchive(data) ? {} : { task, taskOptions };
  return { dataset, datasetOptions, ...asked, split: split ?? {}, image };
}

/** A prepared set's own content identifies it. */
async function describedSet({ prepared }: PreparedRequest) {
  const { name, provenance } = await openPrepared(prepared);
  return { prepared: name, contentHash: provenance.contentHash };
}
