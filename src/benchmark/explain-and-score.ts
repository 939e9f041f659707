import type { Method } from '../attribution/method.js';
import { inputError } from '../base/errors.js';
import type { RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Cases } from './cases.js';
import { explainCases } from './explain.js';
import { metricNotes } from './metric-notes.js';
import { memoriesFor } from './remembered.js';
import { removalsOf } from './removals.js';
import type { MethodRow, MethodScores, ScoreRow, Skipped } from './rows.js';
import { type ScoreSettings, scoreCases } from './scoring.js';
import type { Store } from './store.js';

/** Explains the cases by each method that applies, scores the maps, and keeps what it made in the store. */
export async function explainAndScore(
  wanted: readonly Method[],
  settings: ScoreSettings,
  model: Classifier,
  cases: Cases,
  classes: readonly string[],
  store: Store,
  run: RunContext,
) {
  const methods: MethodRow[] = [];
  const skipped: Skipped[] = [];
  const scores: ScoreRow[] = [];
  const explain: Record<string, number> = {};
  const score: Record<string, number> = {};
  const scored: Readonly<Record<string, MethodScores>>[] = [];
  const known = memoriesFor(cases.samples.length, sizeOf(model.input.shape), model.classes.length);
  const step = run.progress.start('methods', wanted.length);
  for (const method of wanted) {
    const { name } = method;
    const row = await explainCases(method, model, cases, settings, store, run);
    if ('skipped' in row) skipped.push(row);
    else {
      const found = await scoreCases(method, model, cases, settings, classes, known, store, run);
      const { rows, byMetric } = found;
      methods.push(row);
      scores.push(...rows);
      scored.push(byMetric);
      explain[name] = row.seconds;
      for (const [metric, { seconds }] of Object.entries(byMetric))
        score[metric] = (score[metric] ?? 0) + seconds;
    }
    step.advance(1, name);
  }
  step.done();
  if (methods.length === 0) {
    throw inputError(`no method applies to this model: ${skipped[0]!.method}: ${skipped[0]!.skipped}`);
  }
  const told = { removals: removalsOf(scored), metricNotes: metricNotes(scored, model.head.assumed) };
  return { methods, skipped, scores, ...told, explain, score };
}
