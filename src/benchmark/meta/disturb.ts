import type { Random } from '../../base/random.js';
import type { Sample } from '../../data/sample.js';
import type { Classifier } from '../../model/classifier.js';
import { weightedLayers, withWeights } from '../../model/randomise.js';

/** The sample with uniform noise of up to `size` on its intensities, which stay in [0, 1]. */
export function noisySample(sample: Sample, size: number, random: Random): Sample {
  const { data, shape } = sample.image;
  const noisy = data.map((value) => Math.min(1, Math.max(0, value + size * (2 * random.uniform() - 1))));
  return { ...sample, image: { data: noisy, shape } };
}

/**
 * The model with each learned weight times a normal number of mean 1. What batch normalisation measured stays
 * as it is: a negative variance is none.
 */
export function noisyModel(model: Classifier, deviation: number, random: Random): Classifier {
  const changed = weightedLayers(model.graph).flatMap(({ weights }) =>
    weights.flatMap(({ value, role }) => {
      if (role === 'mean' || role === 'variance') return [];
      const constant = model.graph.initializers.get(value)!;
      const own = random.fork(value);
      const data = Float32Array.from(
        { length: constant.data.length },
        (_, i) => Number(constant.data[i]) * (1 + deviation * own.normal()),
      );
      return [[value, { ...constant, data }] as const];
    }),
  );
  return withWeights(model, new Map(changed));
}
