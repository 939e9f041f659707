import { innerOptions } from '../attribution/attribute.js';
import { checkInput, checkTargets } from '../attribution/input/check-input.js';
import { inputError } from '../base/errors.js';
import { type OptionsFor, readOptions } from '../base/options.js';
import { borderOf } from '../model/input/border.js';
import { predictExactly } from '../model/predict.js';
import { improper, probabilities } from '../model/probability.js';
import type { Floats, Tensor } from '../tensor/tensor.js';
import { type Metric, type rareNeeds, type Score, type Scored, undefinedScore } from './metric/metric.js';
import { once, type Reading, type Readings, readingsOf, type Sign } from './metric/reading.js';
import { type MetricName, metricOf, type metrics } from './registry.js';

/** Scores one map by one metric after another. */
export type Scorer = <M extends MetricName | Metric>(
  chosen: M,
  given?: OptionsFor<typeof metrics, M>,
) => Promise<Score>;

/**
 * Scores one map `[H, W]` by a metric: a registered name or your own. Checks the options and shapes and reads
 * the map's sign; the score is `NaN` with a reason where the map or the mask is degenerate.
 */
export const scoreMap = <M extends MetricName | Metric>(
  chosen: M,
  scored: Scored,
  given?: OptionsFor<typeof metrics, M>,
): Promise<Score> => scorerOf(scored)(chosen, given);

/** The same for several metrics, which share what they read of the map, such as its order. */
export function scorerOf(scored: Scored): Scorer {
  const readings = readingsOf(scored.map, scored.mask);
  const inputs = once(() => {
    checkInputs(scored);
    return asked(scored);
  });
  return async (chosen, given) => {
    const metric = metricOf(chosen);
    const options = readOptions(metric.options, given ?? {}, `metric '${metric.name}'`);
    requireInputs(metric, scored);
    const seen = inputs();
    const reading = readings.of((options.sign as Sign | undefined) ?? metric.reads);
    const why = saysNothing(metric, scored, readings, reading);
    if (why !== undefined) return undefinedScore(why);
    const watch = watched(seen);
    const inner = scored.model ? innerOptions(borderOf(scored.model), options) : options;
    const score = await metric.score({ ...watch.scored, map: reading.map, reading }, inner);
    const broken = watch.broken(score);
    if (broken !== undefined) return undefinedScore(broken);
    if (Number.isNaN(score.value) !== (score.reason !== undefined)) {
      throw new Error(`metric '${metric.name}' gave ${score.value} with the reason ${score.reason}`);
    }
    return options.quantity === undefined || options.quantity === 'logit'
      ? score
      : noted(score, [scored.model?.head.assumed, watch.improper()]);
  };
}

/** The score of a metric that follows a probability, with what has to be known of it before its own note. */
function noted(score: Score, found: readonly (string | undefined)[]): Score {
  const notes = [...found, score.note].filter((note) => note !== undefined);
  return notes.length === 0 ? score : { ...score, note: notes.join('; ') };
}

/** What is rarely there, in words. */
export const rare = {
  anatomy: 'a mask of the anatomy that can hold the finding',
  body: 'a mask of the body',
  artefacts: 'a mask of text, markers and devices',
  others: 'other images of the data set',
  shuffled: 'a model trained on shuffled labels',
  again: 'models of the task that were trained again',
} as const satisfies Record<(typeof rareNeeds)[number], string>;

function requireInputs(metric: Metric, scored: Scored): void {
  const { map, mask, model, predict, input, target, explain } = scored;
  const needs = (what: string) => inputError(`metric '${metric.name}' needs ${what}`);
  if (map.shape.length !== 2)
    throw inputError(`a map to score has the shape [H, W]; this one has [${map.shape}]`);
  if (metric.needs.includes('mask') && mask === undefined) throw needs('a mask');
  if (metric.needs.includes('model')) {
    if (model === undefined && predict === undefined) throw needs('a model');
    if (input === undefined || target === undefined) throw needs('the input of the model and its target');
  }
  if (metric.needs.includes('network') && model === undefined) throw needs('the classifier itself');
  if (metric.needs.includes('explain') && explain === undefined) throw needs('the way the map was made');
  for (const [need, what] of Object.entries(rare)) {
    if (metric.needs.includes(need as keyof typeof rare) && scored[need as keyof typeof rare] === undefined)
      throw needs(what);
  }
}

/** Checks what all metrics share. */
function checkInputs(scored: Scored): void {
  const { map, mask, model, input, target } = scored;
  if (model && input && target !== undefined) {
    checkInput(model, input);
    checkTargets(model, input, [target]);
  }
  for (const name of ['anatomy', 'body', 'artefacts'] as const)
    checkMask(map, scored[name], `mask '${name}'`);
  checkMask(map, mask, 'mask');
}

function checkMask(map: Tensor, mask: Tensor<Uint8Array> | undefined, what: string): void {
  if (mask === undefined) return;
  if (String(mask.shape) !== String(map.shape)) {
    throw inputError(
      `the map has the shape [${map.shape}] and the ${what} [${mask.shape}]; they must be the same`,
    );
  }
  for (let p = 0; p < mask.data.length; p++)
    if (mask.data[p]! > 1) throw inputError(`a mask holds 0 and 1; this one holds ${mask.data[p]}`);
}

/** Adds a prediction function where there is a model, and puts channels first. */
function asked(scored: Scored): Scored {
  const { model, input, others, explain, run } = scored;
  if (model === undefined) return scored;
  const border = borderOf(model);
  const ask = scored.predict ?? ((given) => predictExactly(model, given, run));
  return {
    ...scored,
    model: border.model,
    predict: (given) => ask(border.outer(given)),
    ...(input && { input: border.inner(input) }),
    ...(others && { others: others.map((one) => ({ ...one, input: border.inner(one.input) })) }),
    ...(explain && { explain: (given, target, change) => explain(border.outer(given), target, change) }),
  };
}

/**
 * The same data, and why a score is undefined whose model or maps gave no numbers on the way; and whether the
 * target's outputs can be the probabilities for which they are taken.
 */
function watched(scored: Scored) {
  const { predict, explain, model, target } = scored;
  const shares = { low: 0, high: 0 };
  const link = model?.head.link;
  const taken = link === 'identity' || link === 'exp';
  const rows = { all: 0, nan: 0, infinite: 0 };
  const look = <A extends Floats>(found: Tensor<A>, count: number) => {
    const length = found.data.length / count;
    for (let row = 0; row < count; row++) {
      const values = found.data.subarray(row * length, (row + 1) * length);
      rows.all++;
      if (values.some(Number.isNaN)) rows.nan++;
      else if (!values.every(Number.isFinite)) rows.infinite++;
    }
    return found;
  };
  const heard = (outputs: Tensor<Floats>) => {
    if (!model || !taken) return outputs;
    const { data, shape } = probabilities(model, outputs);
    for (let at = target ?? 0; at < data.length; at += shape[1]!) {
      shares.low = Math.min(shares.low, data[at]!);
      shares.high = Math.max(shares.high, data[at]!);
    }
    return outputs;
  };
  const why = (what: string, count: number) =>
    `what the model gives is ${what} for ${count} of ${rows.all} images`;
  return {
    scored: {
      ...scored,
      ...(predict && {
        predict: async (given: Tensor) => heard(look(await predict(given), given.shape[0]!)),
      }),
      ...(explain && {
        explain: async (...asked: Parameters<typeof explain>) => look(await explain(...asked), 1),
      }),
    },
    improper: () => improper([shares.low, shares.high]),
    broken: ({ value, reason }: Score): string | undefined => {
      if (rows.nan > 0) return why('NaN', rows.nan);
      const isLost = Number.isNaN(value) && reason === undefined;
      return isLost && rows.infinite > 0 ? why('infinite', rows.infinite) : undefined;
    },
  };
}

function saysNothing(
  metric: Metric,
  { map, mask }: Scored,
  readings: Readings,
  reading: Reading,
): string | undefined {
  const broken = readings.broken();
  if (broken > 0) return `${broken} of the map's ${map.data.length} values are NaN or infinite`;
  if (map.data.length === 0) return 'the map has no pixels';
  if (metric.needs.includes('mask') && mask && reading.area() === 0) return 'the mask is empty';
  const { low, high } = reading.extent();
  if (low < high) return undefined;
  return high === 0 && map.data.some((value) => value !== 0)
    ? 'the map has no positive value'
    : 'the map is flat';
}
