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
  /** The least and greatest value that inputs can have. */
  readonly low: Bound;
  readonly high: Bound;
}

/** Which layers a rule is for; the first entry of a composite that matches a layer is its rule. */
export interface Entry {
  readonly kind: Extract<LayerKind, 'convolution' | 'linear'> | 'any';
  readonly position?: 'first';
  readonly rule: LayerRule;
}

export type Composite = (settings: Settings) => readonly Entry[];

const everywhere =
  (rule: (settings: Settings) => LayerRule): Composite =>
  (settings) => [{ kind: 'any', rule: rule(settings) }];

/** Convolutions by `rule`, linear layers by the epsilon rule. */
const epsilonAnd =
  (rule: (settings: Settings) => LayerRule): Composite =>
  (settings) => [
    { kind: 'convolution', rule: rule(settings) },
    { kind: 'linear', rule: epsilonRule(settings.epsilon) },
  ];

const plus = epsilonAnd(() => zPlusRule);

/** Named choices of rules, as in Kohlbrenner et al. 2020 (arXiv:1910.09840) and Montavon et al. 2019. */
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
