import { int, ints } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';

/** In the similarity log((d + 1) / (d + epsilon)): bounds it at log(1 / epsilon) where d is 0. */
export const epsilon = 1e-4;

/** The ways to compute distances; both are the same but for rounding. */
export const distanceForms = ['difference', 'expansion'] as const;
export type DistanceForm = (typeof distanceForms)[number];

/**
 * The squared distances `[N, P, H, W]` of features `[N, D, H, W]` to vectors `[P, D, 1, 1]`: the sum of
 * (f - p)^2 over D, or expanded to f^2 - 2 f p + p^2 as the published code has it (Chen et al. 2019,
 * arXiv:1806.10574). That takes less memory, but cancels in float32 where a patch matches: a distance of zero
 * comes out as up to about 1e-6, which the logarithm of the similarity and the root of a tree magnify.
 */
export function squaredDistances(
  builder: Builder,
  features: string,
  vectors: string,
  name: string,
  form: DistanceForm = 'difference',
): string {
  const { emit, add, sub, mul, reduce, unsqueeze, constant } = builder;
  if (form === 'difference') {
    // [N, 1, D, H, W] and [P, D, 1, 1].
    const gaps = sub(unsqueeze(features, [1]), vectors);
    return emit('ReduceSum', [mul(gaps, gaps), constant(int64([2]))], { keepdims: int(0) }, name);
  }
  const kernel = { kernel_shape: ints([1, 1]) };
  const own = reduce('ReduceSum', mul(features, features), [1]);
  const shared = emit('Conv', [features, vectors], kernel);
  const lengths = unsqueeze(
    reduce('ReduceSum', mul(vectors, vectors), [1, 2, 3], { keepdims: int(0) }),
    [1, 2],
  );
  return emit('Relu', [add(sub(own, mul(shared, 2)), lengths)], {}, name);
}

/** The smallest distance `[N, P]` over all places of `[N, P, H, W]`. */
export const smallest = ({ emit, constant }: Builder, distances: string, name: string): string =>
  emit('ReduceMin', [distances, constant(int64([2, 3]))], { keepdims: int(0) }, name);

/** log((d + 1) / (d + epsilon)) of squared distances. */
export const similarity = ({ add, div, log }: Builder, distances: string): string =>
  log(div(add(distances, 1), add(distances, epsilon)));

/** The same, of a number. */
export const similarityOf = (distance: number): number => Math.log((distance + 1) / (distance + epsilon));

/** Weights `[K, P]` of 1 from a prototype to its own class and -0.5 to every other. */
export function firstWeights(owners: readonly number[], classes: number) {
  const weights = Array.from({ length: classes }, (_, k) => owners.map((own) => (own === k ? 1 : -0.5)));
  return float32(weights.flat(), [classes, owners.length]);
}
