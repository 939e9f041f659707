import type { Rule, Walk } from '../../backward.js';
import {
  type ByOperator,
  entryOf,
  type Having,
  is,
  type Operator,
  operatorOf,
} from '../../catalogue/index.js';
import type { Node } from '../../graph.js';
import { noRule, type Refusal, refused } from '../../refusal.js';
import { gradientRuleOf, type WithGradient } from '../gradient/index.js';
import type { GraphFacts } from '../relevance/graph-facts.js';
import { choice } from './choice.js';
import { lengths, sumOfSquares } from './lengths.js';
import { bilinear, linear } from './linear.js';
import { lrn } from './lrn.js';
import { maximum, positiveMaximum } from './maximum.js';
import { normalisation } from './normalisation.js';
import type { MultiplierRule, Pairing } from './pairing.js';
import { dequantised, quantised } from './quantise.js';
import { quotient } from './quotient.js';
import { evenCurve, pieces, powerCurve, rectified } from './rescale.js';
import { revealCancel } from './reveal-cancel.js';
import { logSoftmax, logSumExp, softmax } from './softmax.js';

export { type Pairing, pair } from './pairing.js';

export const multiplierRuleNames = ['rescale', 'reveal-cancel'] as const;
export type MultiplierRuleName = (typeof multiplierRuleNames)[number];

/**
 * The multiplier rule of every node for DeepLIFT (Shrikumar et al. 2017, arXiv:1704.02685), or why there is
 * none.
 */
export function multiplierRules(
  pairing: Pairing,
  facts: GraphFacts,
  name: MultiplierRuleName,
): (node: Node) => Rule | Refusal | undefined {
  const special = name === 'reveal-cancel' ? revealCancel(pairing, facts) : () => undefined;
  return (node) => {
    const rule = ruleOf(node, facts);
    if (typeof rule !== 'function') return rule;
    return (target, multipliers, walk) => {
      checkForm(target, walk, pairing);
      const own = special(node, walk, rule);
      return (own ?? rule)(target, multipliers, walk, pairing);
    };
  };
}

function ruleOf(node: Node, { nonNegative }: GraphFacts): MultiplierRule | Refusal | undefined {
  const gradient = gradientRuleOf(node);
  if (typeof gradient !== 'function') return gradient;
  if (node.op === 'MaxPool' && nonNegative.has(node.inputs[0]!)) return positiveMaximum;
  return entryOf<MultiplierRule | Refusal>(rules, node) ?? byNature(node);
}

/**
 * Throws where a node computes with integers, where its indices depend on the input, or where a curve or
 * normalisation has several inputs that depend on it.
 */
function checkForm(node: Node, walk: Walk, { changes }: Pairing): void {
  if (computesInWholeNumbers(node, walk))
    throw noRule('deeplift', node, refused('it computes with whole numbers'));
  if (picks(node) && changes(node.inputs[1]!)) {
    throw noRule('deeplift', node, refused('which values it takes depends on the input'));
  }
  const active = node.inputs.filter((v) => v !== '' && walk.needsGradient(v));
  const several = active.length > 1 && (is(node, 'curve') || is(node, 'normalises'));
  const other = is(node, 'normalises', 'by-sample') && active[0] !== node.inputs[0];
  if (several || other) throw noRule('deeplift', node, refused('its parameters depend on the input'));
}

/** Whether the second input holds indices or places. */
const picks = (node: Node) =>
  is(node, 'moves', 'picked') || node.op.startsWith('Scatter') || node.op === 'GridSample';

/** Whether a node computes with integer values instead of only moving them. */
const computesInWholeNumbers = (node: Node, walk: Walk) =>
  !is(node, 'moves') &&
  node.op !== 'QuantizeLinear' &&
  node.op !== 'DequantizeLinear' &&
  [...node.inputs, ...node.outputs].some((value) => walk.standsIn(value));

const jumps = refused('it is flat wherever it has a slope, and its jumps are due to no one place');

/** Operators whose rule follows from their catalogue entry. */
type Natural =
  | Having<{ linear: NonNullable<Operator['linear']> }>
  | Having<{ selects: NonNullable<Operator['selects']> }>
  | Having<{ normalises: NonNullable<Operator['normalises']> }>
  | Having<{ curve: NonNullable<Operator['curve']> }>
  | Having<{ pointwise: 1 }>;

const ofCurve = {
  pieces,
  smooth: evenCurve,
  power: powerCurve,
  steps: jumps,
  poles: refused('a quotient of changes across its poles says nothing'),
} as const;

function byNature(node: Node): MultiplierRule | Refusal | undefined {
  const { linear: how, selects, normalises, curve, pointwise } = operatorOf(node)!;
  if (how) return how === 'each' ? bilinear : linear;
  if (selects) return maximum;
  if (normalises) return normalises === 'by-constants' ? linear : normalisation;
  if (curve) return ofCurve[curve];
  return pointwise === 1 ? pieces : undefined;
}

const rules: ByOperator<MultiplierRule | Refusal, Exclude<WithGradient, Natural>> &
  Partial<ByOperator<MultiplierRule | Refusal, Natural>> = {
  Asinh: evenCurve,
  Cosh: evenCurve,
  DequantizeLinear: dequantised,
  Div: quotient,
  GlobalLpPool: lengths,
  LRN: lrn,
  LogSoftmax: logSoftmax,
  LpPool: lengths,
  Mod: jumps,
  Pad: linear,
  QuantizeLinear: quantised,
  ReduceL1: lengths,
  ReduceL2: lengths,
  ReduceLogSum: refused('exporters write it as two operators'),
  ReduceLogSumExp: logSumExp,
  ReduceProd: refused('the Shapley values of a product of many factors cost exponentially much'),
  ReduceSumSquare: sumOfSquares,
  Relu: rectified,
  Round: linear,
  ScatterElements: linear,
  ScatterND: linear,
  Sign: pieces,
  Sinh: evenCurve,
  Softmax: softmax,
  Softsign: evenCurve,
  TopK: refused(
    'what comes k-th at the input may have come earlier at the reference: its own change has another sign',
  ),
  Where: choice,
};
