import type { Rule, Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import type { GraphFacts } from '../relevance/graph-facts.js';
import { choice } from './choice.js';
import { lengths, sumOfSquares } from './lengths.js';
import { bilinear, linear } from './linear.js';
import { lrn } from './lrn.js';
import { maximum, positiveMaximum } from './maximum.js';
import { normalisation } from './normalisation.js';
import { type MultiplierRule, noRule, type Pairing } from './pairing.js';
import { quotient } from './quotient.js';
import { evenCurve, pieces, powerCurve, rectified } from './rescale.js';
import { revealCancel } from './reveal-cancel.js';
import { logSoftmax, logSumExp, softmax } from './softmax.js';

export { type Pairing, pair } from './pairing.js';

export const multiplierRuleNames = ['rescale', 'reveal-cancel'] as const;
export type MultiplierRuleName = (typeof multiplierRuleNames)[number];

/** DeepLIFT's multiplier rule of every node; undefined for operators that have none. */
export function multiplierRules(
  pairing: Pairing,
  facts: GraphFacts,
  name: MultiplierRuleName,
): (node: Node) => Rule | undefined {
  const special = name === 'reveal-cancel' ? revealCancel(pairing, facts) : () => undefined;
  return (node) => {
    const rule = ruleOf(node, facts);
    if (!rule) return undefined;
    return (target, multipliers, walk) => {
      checkForm(node, walk, rule);
      const own = special(node, walk, rule);
      return (own ?? rule)(target, multipliers, walk, pairing);
    };
  };
}

function ruleOf(node: Node, { nonNegative }: GraphFacts): MultiplierRule | undefined {
  if (node.domain !== '' || !Object.hasOwn(rules, node.op)) return undefined;
  return node.op === 'MaxPool' && nonNegative.has(node.inputs[0]!) ? positiveMaximum : rules[node.op];
}

/** Curves are functions of one value. */
function checkForm(node: Node, walk: Walk, rule: MultiplierRule): void {
  const active = node.inputs.filter((v) => v !== '' && walk.needsGradient(v));
  const several = active.length > 1 && (ofOneValue.has(rule) || node.op === 'BatchNormalization');
  const other = rule === normalisation && !walk.needsGradient(node.inputs[0]!);
  if (several || other) throw noRule(node);
}

const ofOneValue: ReadonlySet<MultiplierRule> = new Set([
  pieces,
  rectified,
  evenCurve,
  powerCurve,
  normalisation,
]);

const all = (rule: MultiplierRule, ...ops: string[]) => Object.fromEntries(ops.map((op) => [op, rule]));

const rules: Readonly<Record<string, MultiplierRule>> = {
  ...all(linear, 'Add', 'Sub', 'Sum', 'Mean', 'Neg', 'Concat', 'Split', 'Slice', 'Pad', 'Gather'),
  ...all(linear, 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout', 'Cast', 'Transpose'),
  ...all(linear, 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Resize', 'CumSum'),
  ...all(linear, 'GatherElements', 'GatherND'),
  ...all(linear, 'AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'BatchNormalization'),
  ...all(bilinear, 'Mul', 'MatMul', 'Gemm', 'Conv', 'ConvTranspose', 'Einsum'),
  ...all(maximum, 'MaxPool', 'GlobalMaxPool', 'ReduceMax', 'ReduceMin'),
  ...all(pieces, 'LeakyRelu', 'PRelu', 'ThresholdedRelu', 'Elu', 'Selu', 'Celu', 'Clip', 'Abs'),
  ...all(pieces, 'HardSigmoid', 'HardSwish', 'Sign'),
  ...all(evenCurve, 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Mish', 'Erf', 'Gelu', 'Exp', 'Sin', 'Cos'),
  ...all(evenCurve, 'Atan'),
  ...all(powerCurve, 'Log', 'Sqrt', 'Reciprocal', 'Pow'),
  ...all(lengths, 'ReduceL1', 'ReduceL2', 'LpPool', 'GlobalLpPool'),
  ...all(normalisation, 'LayerNormalization', 'InstanceNormalization', 'GroupNormalization'),
  Relu: rectified,
  Where: choice,
  Max: maximum,
  Min: maximum,
  Div: quotient,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LRN: lrn,
  ReduceLogSumExp: logSumExp,
  ReduceSumSquare: sumOfSquares,
};
