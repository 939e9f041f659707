import { attribute } from '../attribution/attribute.js';
import { methodOf } from '../attribution/index.js';
import { atInputSize } from '../attribution/input/input-size.js';
import type { GivenOptions } from '../base/options.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { placed } from '../data/geometry/placed.js';
import { metricOf, scoreMap } from '../evaluation/index.js';
import type { Scored } from '../evaluation/metric.js';
import type { Classifier } from '../model/classifier.js';
import { batchOf, type Cases } from './cases.js';
import { type ExplainSettings, optionsFor, readMap } from './explain.js';
import type { ScoreRow } from './rows.js';
import { timed } from './seconds.js';
import type { Store } from './store.js';

/** What a metric gave for one method: a score for each case, or why there is none, and the time that it took. */
interface Verdicts {
  readonly seconds: number;
  readonly scores: readonly { readonly value: number | null; readonly reason?: string }[];
}

export interface ScoreSettings extends ExplainSettings {
  /** By metric. */
  readonly metrics: Readonly<Record<string, GivenOptions>>;
}

/** Scores one method's maps of all cases by all metrics; those that an earlier start scored are not scored again. */
export async function scoreCases(
  method: string,
  model: Classifier,
  cases: Cases,
  settings: ScoreSettings,
  store: Store,
  run: RunContext,
): Promise<{ readonly scores: readonly ScoreRow[]; readonly seconds: Readonly<Record<string, number>> }> {
  const step = `score-${method}`;
  const before = (await store.find<Record<string, Verdicts>>(step)) ?? {};
  const missing = Object.keys(settings.metrics).filter((metric) => !(metric in before));
  const verdicts = { ...before, ...(await scoreBy(missing, method, model, cases, settings, store, run)) };
  if (missing.length > 0) await store.keep(step, verdicts);
  const wanted = Object.keys(settings.metrics);
  const scores = cases.samples.flatMap(({ id: sample, patient }, i) =>
    wanted.map((metric) => ({ sample, patient, method, metric, ...verdicts[metric]!.scores[i]! })),
  );
  return {
    scores,
    seconds: Object.fromEntries(wanted.map((metric) => [metric, verdicts[metric]!.seconds])),
  };
}

async function scoreBy(
  wanted: readonly string[],
  method: string,
  model: Classifier,
  cases: Cases,
  settings: ScoreSettings,
  store: Store,
  run: RunContext,
): Promise<Record<string, Verdicts>> {
  if (wanted.length === 0) return {};
  const made = wanted.map((metric) => ({ metric, seconds: 0, scores: [] as Verdicts['scores'][number][] }));
  const step = run.progress.start(`scoring ${method}`, cases.samples.length);
  for (const [i, sample] of cases.samples.entries()) {
    await checkpoint(run);
    const map = await readMap(store.dir, method, i);
    const input = batchOf(model, [sample]);
    const explain = explainAgain(method, model, cases, settings, run);
    const own = { input, target: cases.targets[i]!, model, explain, seed: settings.seed, run };
    // What asks the model sees what the model saw; what asks where the map points is judged in the original's pixels.
    const seen = { map, mask: sample.mask };
    const native = placed(map, sample);
    for (const verdicts of made) {
      const asks = metricOf(verdicts.metric).needs.some((need) => need !== 'mask');
      const scored: Scored = { ...own, ...(asks ? seen : native) };
      const score = () => scoreMap(verdicts.metric, scored, settings.metrics[verdicts.metric]);
      const { made: found, seconds } = await timed(score);
      verdicts.seconds += seconds;
      verdicts.scores.push(
        found.undefined === undefined ? { value: found.value } : { value: null, reason: found.undefined },
      );
    }
    step.advance();
  }
  step.done();
  return Object.fromEntries(made.map(({ metric, ...verdicts }) => [metric, verdicts]));
}

/** Makes a map `[H, W]` of another input as those of the run were made. */
function explainAgain(
  method: string,
  model: Classifier,
  cases: Cases,
  { seed, samples }: ExplainSettings,
  run: RunContext,
): NonNullable<Scored['explain']> {
  const options = optionsFor(methodOf(method), cases, samples);
  return async (input, target) => {
    const { map } = await attribute(model, method, input, [target], options, { seed, run });
    const { data, shape } = atInputSize(map, model);
    return { data, shape: shape.slice(2) };
  };
}
