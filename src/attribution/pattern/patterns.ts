import { unsupported } from '../../base/errors.js';
import type { RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { keptFor } from './kept.js';
import { type Cases, type Moments, momentsOf } from './moments.js';

export const estimators = ['plus', 'linear', 'minus', 'plus-last-linear'] as const;
export type Estimator = (typeof estimators)[number];

const casesOf = { plus: 'positive', linear: 'all', minus: 'negative' } as const satisfies Record<
  string,
  Cases
>;

/** A layer's patterns a and weights w, in the weights' shape; the weights of a sum are 1. */
export interface LayerPattern {
  readonly shape: readonly number[];
  readonly pattern: Float64Array;
  readonly weights: Float64Array;
}

export type Patterns = ReadonlyMap<string, LayerPattern>;

const kept = keptFor<Patterns>();

/**
 * The patterns of all layers of a model, by node: a = (E[x y] - E[x] E[y]) / w (E[x y] - E[x] E[y]), where
 * the first means run over the estimator's cases (`plus`: the neuron is active; `minus`: it is not; `linear`:
 * all) and E[y] over all cases; y is w x without the bias. A neuron without such a case has pattern 0.
 * `plus-last-linear` is `plus` but in the last layer, whose outputs no ReLU follows: `linear` there.
 * Estimated once for each model and array of data.
 */
export const patternsOf = (
  model: Classifier,
  data: Tensor,
  estimator: Estimator,
  run: RunContext,
): Promise<Patterns> =>
  kept(model, data, estimator, () =>
    estimator === 'plus-last-linear'
      ? lastLinear(model, data, run)
      : estimated(model, data, casesOf[estimator], run),
  );

async function lastLinear(model: Classifier, data: Tensor, run: RunContext): Promise<Patterns> {
  const plus = await patternsOf(model, data, 'plus', run);
  const linear = await patternsOf(model, data, 'linear', run);
  // Layers are met on the way back from the output.
  return new Map([...plus, ...[...linear].slice(0, 1)]);
}

async function estimated(model: Classifier, data: Tensor, cases: Cases, run: RunContext): Promise<Patterns> {
  const moments = await momentsOf(model, data, cases, run);
  return new Map(
    moments.map((one) => {
      const weights = weightsOf(model, one);
      return [one.key, { shape: one.shape, weights, pattern: patternOf(one, weights) }];
    }),
  );
}

function weightsOf({ graph }: Classifier, { key, shape, weight }: Moments): Float64Array {
  if (weight === undefined) return new Float64Array(sizeOf(shape)).fill(1);
  const constant = graph.initializers.get(weight);
  if (constant === undefined)
    throw unsupported(`patterns need constant weights; those of '${key}' are computed`);
  return Float64Array.from(constant.data as ArrayLike<number>);
}

/** The patterns of one layer from its sums. */
export function patternOf({ shape, channel, xy, x, count, y, all }: Moments, weights: Float64Array) {
  const inner = sizeOf(shape.slice(channel + 1));
  const channels = shape[channel]!;
  const channelAt = (i: number) => Math.floor(i / inner) % channels;
  const share = new Float64Array(channels);
  const covariance = xy.map((sum, i) => {
    const c = channelAt(i);
    if (count[c] === 0) return 0;
    const value = sum / count[c]! - (x[i]! / count[c]!) * (y[c]! / all);
    share[c]! += weights[i]! * value;
    return value;
  });
  return covariance.map((value, i) => value / (share[channelAt(i)]! || 1));
}
