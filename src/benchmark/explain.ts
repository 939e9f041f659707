import { join } from 'node:path';
import { attribute } from '../attribution/attribute.js';
import { takesBudget, withBudget } from '../attribution/budget.js';
import { atInputSize } from '../attribution/input/input-size.js';
import type { Method } from '../attribution/method.js';
import type { Flaws } from '../attribution/notes.js';
import { SightlineError } from '../base/errors.js';
import { hashOfFile } from '../base/files.js';
import { type GivenOptions, optionsInWords } from '../base/options.js';
import { checkpoint, type RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import { mean } from '../statistics/bootstrap.js';
import { readNpyRows, writeNpyRows } from '../tensor/npy-rows.js';
import type { Tensor } from '../tensor/tensor.js';
import { AT_ONCE, type Background, batchOf, type Cases, partsOf } from './cases.js';
import { sourceName } from './own.js';
import type { MethodRow, Skipped } from './rows.js';
import { timed } from './seconds.js';
import { explainedSchema } from './stepschemas.js';
import type { Store } from './store.js';

export interface ExplainSettings {
  readonly seed: number;
  readonly samples: number;
  /** The model evaluations of every method that takes a budget, instead. */
  readonly budget?: number | undefined;
  /** Options by method that take the place of those that a benchmark sets. */
  readonly tuned?: Readonly<Record<string, GivenOptions>> | undefined;
}

/**
 * Explains all cases by one method and stores its maps `[N, 1, H, W]`. Returns the reason if the method does
 * not support the model.
 */
export async function explainCases(
  method: Method,
  model: Classifier,
  cases: Cases,
  settings: ExplainSettings,
  store: Store,
  run: RunContext,
): Promise<MethodRow | Skipped> {
  const { name } = method;
  const path = mapFile(store.dir, name);
  const make = async (): Promise<MethodRow | Skipped> => {
    try {
      return await explainAll(method, model, cases, settings, path, run);
    } catch (error) {
      // The method has no rule for one of the model's operators, or needs a component that the model lacks.
      // Other errors end the benchmark.
      if (error instanceof SightlineError && error.kind === 'unsupported')
        return { method: name, skipped: error.message };
      throw error;
    }
  };
  return store.once(`explain-${sourceName(method)}`, explainedSchema, make, async (row) =>
    'skipped' in row ? true : (await hashOfFile(path)) === row.sha256,
  );
}

async function explainAll(
  method: Method,
  model: Classifier,
  cases: Cases,
  settings: ExplainSettings,
  path: string,
  run: RunContext,
): Promise<MethodRow> {
  const { seed } = settings;
  const given = optionsFor(method, cases, settings);
  const residuals: number[] = [];
  const flaws = {
    ...{ empty: 0, flat: 0, infinite: 0, unexplained: 0, cancelling: 0 },
    ...{ outdone: 0, taken: 0, unconverged: 0 },
  };
  const notes = new Set<string>();
  const compared = { input: [] as number[], baseline: [] as number[] };
  let told: Pick<MethodRow, 'options' | 'forward' | 'backward'> | undefined;
  async function* maps(): AsyncGenerator<Tensor> {
    for (const { from, part } of partsOf(cases.samples, AT_ONCE)) {
      await checkpoint(run);
      const targets = cases.targets.slice(from, from + part.length);
      const asked = cases.asked?.models[from] ?? model;
      const explained = await attribute(asked, method, batchOf(model, part), targets, given, {
        seed,
        run,
      });
      const options = optionsInWords(explained.made.options);
      told = {
        options: { ...options, ...(given.baseline === cases.meanInput && { baseline: cases.meanInWords }) },
        ...explained.evaluations,
      };
      residuals.push(...(explained.residual ?? []).map(Math.abs));
      for (const note of [...explained.generalNotes, ...(explained.sampleNotes ?? [])]) notes.add(note);
      for (const kind of Object.keys(flaws) as (keyof Flaws)[]) flaws[kind] += explained.flaws[kind].length;
      compared.input.push(...(explained.compared?.input ?? []));
      compared.baseline.push(...(explained.compared?.baseline ?? []));
      yield atInputSize(explained.map, asked);
    }
  }
  const { made: sha256, seconds } = await timed(() => writeNpyRows(path, cases.samples.length, maps()));
  return {
    method: method.name,
    family: method.family,
    ...told!,
    seconds,
    ...(Object.values(flaws).some((count) => count > 0) && { flaws }),
    ...(notes.size > 0 && { notes: [...notes] }),
    ...(residuals.length > 0 && { residual: mean(residuals) }),
    ...(compared.input.length > 0 && {
      compared: { input: mean(compared.input), baseline: mean(compared.baseline) },
    }),
    sha256,
  };
}

/** Reads a method's map of one case, `[H, W]`, from a run's folder. */
export async function readMap(dir: string, method: string, index: number): Promise<Tensor> {
  const { data, shape } = await readNpyRows(mapFile(dir, method), index, index + 1);
  return { data, shape: shape.slice(2) };
}

/** The file of a method's maps in a run's folder. */
export const mapFile = (dir: string, method: string): string => join(dir, 'maps', `${method}.npy`);

/** Model evaluations of methods over coalitions: for one of `samples`, and the fewest (64 segments). */
const [perSample, fewest] = [20, 256];

/**
 * The options that a benchmark sets; other options keep the method's defaults. Methods over coalitions get
 * the same number of model evaluations, whatever each calls a sample; with a budget every method that takes
 * one does.
 */
export function optionsFor(
  method: Method,
  { background, data, meanInput, meanMask }: Background,
  { samples, budget, tuned }: Omit<ExplainSettings, 'seed'>,
): GivenOptions {
  const { name, options } = method;
  const chosen = {
    ...('baselines' in options && { baselines: background }),
    ...('data' in options && { data }),
    ...('meanMask' in options && meanMask && { meanMask }),
    ...(options.baseline?.read(meanInput) !== undefined && { baseline: meanInput }),
    ...tuned?.[name],
  };
  if (budget !== undefined && takesBudget(method)) return withBudget(method, chosen, budget);
  return {
    ...('budget' in options && 'segments' in options
      ? { budget: Math.max(fewest, perSample * samples) }
      : 'samples' in options && { samples }),
    ...('masks' in options && { masks: samples }),
    ...chosen,
  };
}
