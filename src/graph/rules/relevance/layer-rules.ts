import type { Bound, LayerRule } from './layer-rule.js';
import { stabiliser } from './stabilise.js';

/**
 * Epsilon rule: R_i = sum_j x_i w_ij R_j / (z_j + epsilon sign z_j) (Bach et al. 2015,
 * 10.1371/journal.pone.0130140).
 */
export const epsilonRule = (epsilon: number): LayerRule => ({
  epsilon,
  groups: [{ branches: [{ input: 'whole', weight: 'whole', bias: true }] }],
});

/**
 * z+ rule: positive contributions x+ w+ and x- w- only (Montavon et al. 2017, 10.1016/j.patcog.2016.11.008).
 */
export const zPlusRule: LayerRule = {
  epsilon: stabiliser,
  groups: [
    {
      sign: 'positive',
      branches: [
        { input: 'positive', weight: 'positive', bias: true },
        { input: 'negative', weight: 'negative', bias: false },
      ],
    },
  ],
};

/**
 * Alpha-beta rule: alpha times the shares of positive contributions minus beta times those of negative ones
 * (Bach et al. 2015).
 */
export const alphaBetaRule = (alpha: number, beta: number): LayerRule => ({
  epsilon: stabiliser,
  groups: [
    { ...zPlusRule.groups[0]!, factor: alpha },
    {
      factor: -beta,
      sign: 'negative',
      rest: true,
      branches: [
        { input: 'positive', weight: 'negative', bias: true },
        { input: 'negative', weight: 'positive', bias: false },
      ],
    },
  ],
});

/**
 * Gamma rule: contributions with the sign of the output get the weight 1 + gamma (Montavon et al. 2019,
 * 10.1007/978-3-030-28954-6_10; for outputs of either sign as in Andéol et al. 2021, arXiv:2106.07433).
 */
export const gammaRule = (gamma: number): LayerRule => {
  const favouring = (sign: 'positive' | 'negative', other: 'positive' | 'negative') =>
    ({
      where: sign,
      branches: [
        { input: 'positive', weight: { gamma, of: sign }, bias: true },
        { input: 'negative', weight: { gamma, of: other }, bias: false },
      ],
    }) as const;
  return {
    epsilon: stabiliser,
    gamma,
    groups: [favouring('positive', 'negative'), favouring('negative', 'positive')],
  };
};

/** z^B rule for inputs between two bounds: contributions x w - low w+ - high w- (Montavon et al. 2017). */
export const zBoxRule = (low: Bound, high: Bound): LayerRule => ({
  epsilon: stabiliser,
  groups: [
    {
      branches: [
        { input: 'whole', weight: 'whole', bias: true },
        { input: low, weight: 'positive', bias: true, minus: true },
        { input: high, weight: 'negative', bias: true, minus: true },
      ],
    },
  ],
});

/** w^2 rule: shares proportional to squared weights (Montavon et al. 2017). */
export const wSquareRule: LayerRule = {
  epsilon: stabiliser,
  groups: [{ sign: 'positive', branches: [{ input: 'ones', weight: 'square', bias: true }] }],
};

/** Flat rule: equal shares for all inputs (Lapuschkin et al. 2019, 10.1038/s41467-019-08987-4). */
export const flatRule: LayerRule = {
  epsilon: stabiliser,
  groups: [{ sign: 'positive', branches: [{ input: 'ones', weight: 'ones', bias: false }] }],
};
