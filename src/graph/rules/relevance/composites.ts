import type { LayerKind } from './kinds.js';
import type { Bound, LayerRule } from './layer-rule.js';
import {
  alphaBetaRule,
  epsilonRule,
  flatRule,
  gammaRule,
  wSquareRule,
  zBoxRule,
  zPlusRule,
} from './layer-rules.js';

export interface Settings {
  readonly epsilon: number;
  readonly gamma: number;
  /** The smallest and largest possible value of the input. */
  readonly low: Bound;
  readonly high: Bound;
}

/** A rule and the layers that it applies to. The first entry of a composite that matches a layer is used. */
export interface Entry {
  readonly kind: Extract<LayerKind, 'convolution' | 'linear'> | 'any';
  readonly position?: 'first';
  readonly rule: LayerRule;
}

export type Composite = (settings: Settings) => readonly Entry[];

const everywhere =
  (rule: (settings: Settings) => LayerRule): Composite =>
  (settings) => [{ kind: 'any', rule: rule(settings) }];

/** `rule` for convolutions, the epsilon rule for linear layers. */
const epsilonAnd =
  (rule: (settings: Settings) => LayerRule): Composite =>
  (settings) => [
    { kind: 'convolution', rule: rule(settings) },
    { kind: 'linear', rule: epsilonRule(settings.epsilon) },
  ];

const plus = epsilonAnd(() => zPlusRule);

/** Named composites, as in Kohlbrenner et al. 2020 (arXiv:1910.09840) and Montavon et al. 2019. */
export const composites = {
  'epsilon-plus': plus,
  epsilon: everywhere(({ epsilon }) => epsilonRule(epsilon)),
  gamma: everywhere(({ gamma }) => gammaRule(gamma)),
  zplus: everywhere(() => zPlusRule),
  'alpha2-beta1': everywhere(() => alphaBetaRule(2, 1)),
  'alpha1-beta0': everywhere(() => alphaBetaRule(1, 0)),
  wsquare: everywhere(() => wSquareRule),
  flat: everywhere(() => flatRule),
  'epsilon-plus-flat': (settings) => [{ kind: 'any', position: 'first', rule: flatRule }, ...plus(settings)],
  'epsilon-gamma-box': (settings) => [
    { kind: 'convolution', position: 'first', rule: zBoxRule(settings.low, settings.high) },
    ...epsilonAnd(({ gamma }) => gammaRule(gamma))(settings),
  ],
  'epsilon-alpha2-beta1': epsilonAnd(() => alphaBetaRule(2, 1)),
} as const satisfies Record<string, Composite>;

export type CompositeName = keyof typeof composites;
