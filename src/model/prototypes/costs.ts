import { usageError } from '../../base/errors.js';
import { int } from '../../graph/attributes.js';
import { float32 } from '../../graph/elements.js';
import type { Loss } from '../recipe.js';

/** The factors of the terms of the loss. */
export interface Costs {
  readonly cluster: number;
  readonly separation: number;
  /** Of the absolute weights from prototypes to other classes than their own. */
  readonly sparsity: number;
  /**
   * The distance from which both costs stay as they are, without a gradient: the published code has it, at
   * the length of a prototype. By default none is so far.
   */
  readonly bound?: number;
}

/** Those of the paper. */
export const publishedCosts: Costs = { cluster: 0.8, separation: -0.08, sparsity: 1e-4 };

/** The network's smallest distances `[N, P]` and last weights `[K, P]`, and the class of each prototype. */
export interface Places {
  readonly smallest: string;
  readonly weights: string;
  readonly owners: readonly number[];
  readonly classes: number;
}

const severalLabels = usageError(
  'a network of prototypes takes images of one class each; this task has several labels for an image',
);

/** Larger than any distance: stands for a prototype that is out of a minimum. */
const far = 1e6;

/**
 * The classification loss with a cluster cost (the mean distance of an image to the nearest prototype of its
 * class), a separation cost (to the nearest of another class) and an L1 penalty (Chen et al. 2019,
 * arXiv:1806.10574). The means are weighted like the classification.
 */
export const withCosts = (classification: Loss, costs: Costs, places: Places): Loss => ({
  name: `${classification.name} with cluster and separation costs`,
  weights: classification.weights,
  emit(builder, inputs) {
    const { add, sub, mul, abs, sign, equal, matMul, reduce, constant, emit } = builder;
    const { smallest, weights: last, owners, classes } = places;
    if (classification.weights === 'element') throw severalLabels;
    const found = classification.emit(builder, inputs);
    const float = (value: string) => emit('Cast', [value], { to: int(1) });
    const total = (value: string) => emit('ReduceSum', [value], { keepdims: int(0) });
    // With label smoothing the true class has the largest target.
    const holds = float(equal(inputs.targets, reduce('ReduceMax', inputs.targets, [1])));
    const belongs = Array.from({ length: classes }, (_, k) => owners.map((own) => Number(own === k)));
    const own = matMul(holds, constant(float32(belongs.flat(), [classes, owners.length])));
    const other = sub(1, own);
    const nearest = (counted: string, excluded: string) => {
      const among = add(mul(smallest, counted), mul(excluded, costs.bound ?? far));
      const least = reduce('ReduceMin', among, [1]);
      return {
        value: total(mul(inputs.weights, least)),
        slope: mul(inputs.weights, mul(counted, float(equal(among, least)))),
      };
    };
    const cluster = nearest(own, other);
    const separation = nearest(other, own);
    const foreign = constant(
      float32(
        belongs.flat().map((own) => 1 - own),
        [classes, owners.length],
      ),
    );
    const terms = [
      mul(cluster.value, costs.cluster),
      mul(separation.value, costs.separation),
      mul(total(mul(abs(last), foreign)), costs.sparsity),
    ];
    return {
      loss: terms.reduce((sum, term) => add(sum, term), found.loss),
      seeds: {
        ...found.seeds,
        [smallest]: add(mul(cluster.slope, costs.cluster), mul(separation.slope, costs.separation)),
        [last]: mul(mul(sign(last), foreign), costs.sparsity),
      },
    };
  },
});
