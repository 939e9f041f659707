import type { Rule } from '../../backward.js';
import type { Node } from '../../graph.js';
import { isRefusal, noRule, refused } from '../../refusal.js';
import type { Accelerations } from './acceleration.js';
import { accelerations } from './accelerations/index.js';
import type { Entry } from './composites.js';
import type { GraphFacts } from './graph-facts.js';
import { kindOf, type LayerKind } from './kinds.js';
import { shareByLayer } from './layer-relevance.js';
import type { LayerRule } from './layer-rule.js';
import { absoluteShare, constantDeviation } from './normalisation.js';
import { signalTakesAll } from './product.js';
import { follow, followMaximum, pass, share, shareMatrices, toNumerator } from './simple.js';
import { taylorLogSoftmax, taylorSoftmax } from './softmax.js';
import { stabiliser as usual } from './stabilise.js';
import { type ZeroRelevance, zeroRelevanceOf } from './zero-relevance.js';

export interface RelevanceChoice {
  /** The first matching entry is used. */
  readonly layers: readonly Entry[];
  /** Whether the relevance of layers' biases goes to their inputs instead. */
  readonly zeroBias?: boolean;
  /**
   * A BatchNormalization outside a layer shares relevance with its shift (`absolute`: by magnitude;
   * `epsilon`: by signed contribution), or passes all of it on.
   */
  readonly batchNormalisation?: 'absolute' | 'epsilon' | 'pass';
  /** A constant added outside a layer gets its share of relevance, or all relevance is passed on. */
  readonly shift?: 'share' | 'pass';
  /** What is added to the magnitude of denominators outside layers: of sums, averages and products. */
  readonly stabiliser?: number;
}

/**
 * The relevance rule of every node; undefined for operators without one. `by` holds the accelerated forms of
 * layer rules.
 */
export function relevanceRules(
  facts: GraphFacts,
  choice: RelevanceChoice,
  by: Accelerations = accelerations,
): (node: Node) => Rule | undefined {
  const entryFor = (node: Node, kind: LayerKind) =>
    choice.layers.find(
      (e) => (e.kind === 'any' || e.kind === kind) && (!e.position || facts.first.has(node)),
    );
  const zeroRelevance = zeroRelevanceOf(facts, (node, kind) => {
    if (kind === 'shift') return choice.shift !== 'pass';
    if (kind === 'batch-normalisation') return choice.batchNormalisation !== 'pass';
    const rule = entryFor(node, kind)?.rule;
    return rule !== undefined && sharesByInput(rule);
  });
  const others = rulesByKind(facts, zeroRelevance, choice);
  const sharing = { facts, zeroRelevance, zeroBias: choice.zeroBias ?? false };
  return (node) => {
    if (node.domain !== '') return undefined;
    return (target, relevance, walk) => {
      const kind = kindOf(node, walk, facts);
      if (isRefusal(kind)) throw noRule('relevance', node, kind);
      if (kind !== 'convolution' && kind !== 'linear') return others[kind](target, relevance, walk);
      const entry = entryFor(node, kind);
      if (!entry) {
        throw noRule('relevance', node, refused(`no rule was chosen for layers of kind '${kind}'`));
      }
      return shareByLayer(entry.rule, sharing, by)(target, relevance, walk);
    };
  };
}

/** Whether a rule gives no relevance to inputs that are zero. */
const sharesByInput = ({ groups }: LayerRule) =>
  groups.every(({ branches }) =>
    branches.every(({ input }) => input === 'whole' || input === 'positive' || input === 'negative'),
  );

function rulesByKind(
  facts: GraphFacts,
  zeroRelevance: ZeroRelevance,
  { batchNormalisation = 'absolute', shift = 'share', stabiliser = usual }: RelevanceChoice,
): Readonly<Record<Exclude<LayerKind, 'convolution' | 'linear'>, Rule>> {
  return {
    bias: pass,
    shift: shift === 'pass' ? pass : share(stabiliser),
    scale: pass,
    activation: pass,
    sum: share(stabiliser, zeroRelevance),
    average: share(stabiliser, zeroRelevance),
    maximum: followMaximum(facts, zeroRelevance),
    shape: follow,
    product: signalTakesAll(facts),
    quotient: toNumerator,
    'matrix-product': shareMatrices(stabiliser),
    softmax: taylorSoftmax,
    'log-softmax': taylorLogSoftmax(stabiliser),
    normalisation: constantDeviation(stabiliser, shift),
    'batch-normalisation': {
      absolute: absoluteShare(stabiliser),
      epsilon: share(stabiliser),
      pass,
    }[batchNormalisation],
  };
}
