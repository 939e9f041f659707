import type { Rule } from '../../backward.js';
import { type ByOperator, type Differentiable, entryOf } from '../../catalogue/index.js';
import type { Node } from '../../graph.js';
import { noRule, type Refusal, refused } from '../../refusal.js';
import * as activation from './activation.js';
import * as arithmetic from './arithmetic.js';
import { Conv, ConvTranspose } from './convolution.js';
import { Einsum } from './einsum.js';
import { Gather, GatherElements, GatherND, TopK } from './gather.js';
import { GridSample } from './grid-sample.js';
import * as linear from './linear.js';
import { GlobalLpPool, LpPool } from './lp-pooling.js';
import { LRN } from './lrn.js';
import * as normalisation from './normalisation.js';
import { Pad } from './pad.js';
import { AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool } from './pooling.js';
import { preferredForm } from './preferred/index.js';
import { DequantizeLinear, QuantizeLinear, Round } from './quantise.js';
import * as reduce from './reduce.js';
import { Resize } from './resize.js';
import { ScatterElements, ScatterND } from './scatter.js';
import * as shape from './shape.js';

const subgraph = refused(
  'a subgraph of it computes with what depends on the input, and subgraphs are not followed',
);
const dynamic = refused(
  'its scale is that of the values themselves; quantise the model statically, or explain it before it is quantised',
);
const steps = refused(
  'it is flat wherever it has a slope, and whether it rounds or keeps what it cuts off is not known; write rounding as Round',
);
const recurrent = refused(
  'it is written out when a graph is read, but for sequences of several lengths or over 512 steps, and gates that are bounded or coupled',
);

/** The gradient rule (vector-Jacobian product) of each operator by its ONNX name, or why there is none. */
export const gradientRules = {
  ...activation,
  ...arithmetic,
  ...linear,
  ...normalisation,
  ...reduce,
  ...shape,
  Attention: refused('it is written as matrix products when a graph is read'),
  AveragePool,
  Bernoulli: refused('its output is drawn'),
  Ceil: steps,
  Conv,
  ConvInteger: dynamic,
  ConvTranspose,
  DequantizeLinear,
  DynamicQuantizeLinear: dynamic,
  Einsum,
  Floor: steps,
  GRU: recurrent,
  Gather,
  GatherElements,
  GatherND,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  GridSample,
  Hardmax: refused('it is one at the greatest and zero elsewhere; explain the value before it'),
  If: subgraph,
  LRN,
  LSTM: recurrent,
  Loop: subgraph,
  LpNormalization: refused('it is written as a quotient when a graph is read'),
  LpPool,
  MatMulInteger: dynamic,
  MaxPool,
  OneHot: refused('the values that it sets depend on the input'),
  Pad,
  QuantizeLinear,
  RNN: recurrent,
  Resize,
  Round,
  ScatterElements,
  ScatterND,
  Scan: subgraph,
  TopK,
} as const satisfies ByOperator<Rule | Refusal, Differentiable>;

/** The operators that have a gradient rule. */
export type WithGradient = {
  [Op in Differentiable]: (typeof gradientRules)[Op] extends Refusal ? never : Op;
}[Differentiable];

/**
 * The gradient rule of a node, in the form that the walk's engine prefers, or why there is none; undefined
 * for operators not in the catalogue.
 */
export function gradientRuleOf(node: Node): Rule | Refusal | undefined {
  const plain = entryOf<Rule | Refusal>(gradientRules, node);
  if (typeof plain !== 'function') return plain;
  return (...given) => preferredForm(...given) ?? plain(...given);
}

/**
 * Applies the gradient rule of the node's operator, for rules that are built on gradients. Throws where there
 * is none.
 */
export const gradientsOf: Rule = (node, gradients, walk) => {
  const rule = gradientRuleOf(node);
  if (typeof rule === 'function') return rule(node, gradients, walk);
  throw noRule('gradient', node, rule ?? refused('it is not known'));
};
