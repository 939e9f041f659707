import { attribute } from '../attribution/attribute.js';
import { atInputSize } from '../attribution/input/input-size.js';
import type { Method } from '../attribution/method.js';
import type { GivenOptions } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { placed } from '../data/geometry/placed.js';
import type { Sample } from '../data/sample.js';
import { scorerOf } from '../evaluation/index.js';
import type { Metric, Score, Scored } from '../evaluation/metric/metric.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import type { Tensor } from '../tensor/tensor.js';
import { timed } from './seconds.js';

/** A metric with the options that the benchmark sets. */
export interface MetricChoice {
  readonly metric: Metric;
  readonly options: GivenOptions;
}

/** The settings that made a map, for metrics that explain other inputs in the same way. */
export interface Maker {
  readonly model: Classifier;
  readonly method: Method;
  readonly options: GivenOptions;
  readonly seed: number;
}

/**
 * Scores a sample's map `[H, W]`, at the size of the model's input, by several metrics. Returns each score
 * with its duration in seconds.
 */
export async function scoreSample(
  map: Tensor,
  sample: Sample,
  target: number,
  { model, method, options, seed }: Maker,
  metrics: readonly MetricChoice[],
  run: RunContext,
): Promise<readonly (Score & { readonly seconds: number })[]> {
  const explain: Scored['explain'] = async (input, other, change) => {
    const asked = change?.(model) ?? model;
    const again = await attribute(asked, method, input, [other], options, { seed, run });
    return planeOf(again.map, asked);
  };
  const own = { input: modelInput(model, sample.image), target, model, explain, seed, run };
  // Metrics that need the model compare at the input's size; localisation metrics use the original image's
  // pixels.
  const asSeen = scorerOf({ ...own, map, mask: sample.mask });
  const atNative = scorerOf({ ...own, ...placed(map, sample) });
  const scores: (Score & { seconds: number })[] = [];
  for (const { metric, options } of metrics) {
    const asks = metric.needs.some((need) => need !== 'mask');
    const by = asks ? asSeen : atNative;
    const { made, seconds } = await timed(() => by(metric, options));
    scores.push({ ...made, seconds });
  }
  return scores;
}

/** Converts a sample's map to `[H, W]` at the size of the model's input, as metrics take it. */
export function planeOf(map: Tensor, model: Classifier): Tensor {
  const { data, shape } = atInputSize(map, model);
  return { data, shape: shape.slice(2) };
}
