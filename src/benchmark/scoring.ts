import type { Method } from '../attribution/method.js';
import { concurrently } from '../base/concurrently.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { annotatedArea } from '../data/geometry/placed.js';
import type { Classifier } from '../model/classifier.js';
import { type Cases, explainedIn } from './cases.js';
import { type ExplainSettings, optionsFor, readMap } from './explain.js';
import { sourceName } from './own.js';
import type { Remembered } from './remembered.js';
import type { MethodScores, ScoreRow } from './rows.js';
import { type MetricChoice, scoreSample } from './score-sample.js';
import { timed } from './seconds.js';
import { methodScoresSchema } from './stepschemas.js';
import type { Store } from './store.js';

export interface ScoreSettings extends ExplainSettings {
  readonly metrics: readonly MetricChoice[];
  /** Whether to score again what is scored already. */
  readonly again: boolean;
}

/**
 * Scores one method's maps of all cases by all metrics; unless asked again, not by those already stored. What
 * the model gives the images of a case is remembered in `known`, one for each case.
 */
export async function scoreCases(
  method: Method,
  model: Classifier,
  cases: Cases,
  settings: ScoreSettings,
  classes: readonly string[],
  known: readonly Remembered[],
  store: Store,
  run: RunContext,
): Promise<{
  readonly rows: readonly ScoreRow[];
  readonly byMetric: Readonly<Record<string, MethodScores>>;
}> {
  const step = `score-${sourceName(method)}`;
  const before = (await store.find(step, methodScoresSchema)) ?? {};
  const missing = settings.metrics.filter(({ metric }) => settings.again || !(sourceName(metric) in before));
  const verdicts = {
    ...before,
    ...(await scoreBy(missing, method, model, cases, settings, known, store, run)),
  };
  if (missing.length > 0) await store.keep(step, verdicts);
  const byMetric = Object.fromEntries(
    settings.metrics.map(({ metric }) => [metric.name, verdicts[sourceName(metric)]!]),
  );
  const rows = cases.samples.flatMap((shown, i) => {
    const area = annotatedArea(shown);
    const about = {
      ...{ sample: shown.id, patient: shown.patient, target: explainedIn(cases, classes, i) },
      ...{ ...cases.predictions[i]!, lesionPixels: area.pixels, lesionShare: area.share },
      ...{ lesions: area.lesions, lesionAxes: area.axes, site: shown.site ?? null, method: method.name },
    };
    return Object.entries(byMetric).map(([metric, { scores }]) => {
      const { value, reason } = scores[i]!;
      return { ...about, metric, value, ...(reason !== undefined && { reason }) };
    });
  });
  return { rows, byMetric };
}

/** Samples that are scored at once: while the model answers for one, the other's images are made. */
const AT_ONCE = 2;

async function scoreBy(
  wanted: readonly MetricChoice[],
  method: Method,
  model: Classifier,
  cases: Cases,
  settings: ScoreSettings,
  known: readonly Remembered[],
  store: Store,
  run: RunContext,
): Promise<Record<string, MethodScores>> {
  if (wanted.length === 0) return {};
  const made = wanted.map(({ metric }) => ({
    metric,
    seconds: 0,
    scores: [] as MethodScores['scores'][number][],
  }));
  const maker = { model, method, options: optionsFor(method, cases, settings), seed: settings.seed };
  const step = run.progress.start(`scoring ${method.name}`, cases.samples.length);
  const scored = async (i: number) => {
    await checkpoint(run);
    const map = await readMap(store.dir, method.name, i);
    const asked = { ...maker, model: cases.asked?.models[i] ?? model };
    const { others } = cases;
    const target = cases.targets[i]!;
    return scoreSample(map, cases.samples[i]!, target, asked, wanted, run, { others }, known[i]);
  };
  const { seconds: whole } = await timed(() =>
    concurrently(AT_ONCE, cases.samples.length, scored, (scores) => {
      for (const [m, { value, reason, note, compared, seconds }] of scores.entries()) {
        made[m]!.seconds += seconds;
        made[m]!.scores.push({
          ...(reason === undefined ? { value } : { value: null, reason }),
          ...(note !== undefined && { note }),
          ...(compared && { compared }),
        });
      }
      step.advance();
    }),
  );
  step.done();
  // Samples wait for each other: a metric's part of the time that all took.
  const all = made.reduce((sum, { seconds }) => sum + seconds, 0);
  return Object.fromEntries(
    made.map(({ metric, seconds, scores }) => [
      sourceName(metric),
      { scores, seconds: all > 0 ? (whole * seconds) / all : 0 },
    ]),
  );
}
