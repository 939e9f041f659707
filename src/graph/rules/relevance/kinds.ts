import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { sumsOver } from '../gradient/einsum.js';
import { activeInputs, type GraphFacts } from './graph-facts.js';
import { isBias, layerOf } from './layer.js';

/** What relevance rules are chosen by. */
export type LayerKind =
  /** Constant weights shared over positions. */
  | 'convolution'
  /** Constant weights. */
  | 'linear'
  /** A constant added by the layer itself. */
  | 'bias'
  /** A constant added by anything else. */
  | 'shift'
  /** A product with, or a quotient by, a constant. */
  | 'scale'
  /** Branches added. */
  | 'sum'
  /** Averages, sums, interpolations and lengths over axes: y is the sum of x dy/dx. */
  | 'average'
  /** The greatest of several. */
  | 'maximum'
  /** One value made of one value. */
  | 'activation'
  | 'batch-normalisation'
  /** Statistics of the sample itself. */
  | 'normalisation'
  /** Two values that both depend on the input, multiplied elementwise. */
  | 'product'
  | 'quotient'
  /** Values that all depend on the input, multiplied as matrices. */
  | 'matrix-product'
  | 'softmax'
  | 'log-softmax'
  /** Values moved, joined, cut or repeated. */
  | 'shape';

/** The kind of a node; undefined for operators that no relevance rule is known for. */
export function kindOf(node: Node, walk: Walk, facts: GraphFacts): LayerKind | undefined {
  if (node.domain !== '') return undefined;
  const active = activeInputs(node, walk).length;
  switch (node.op) {
    case 'Conv':
    case 'ConvTranspose':
      return layerOf(node, walk, facts) ? 'convolution' : productOf(node, walk);
    case 'Gemm':
    case 'MatMul':
      return layerOf(node, walk, facts) ? 'linear' : productOf(node, walk);
    case 'Einsum':
      if (node.inputs.length === 1) return sumsOver(node) ? 'average' : 'shape';
      if (layerOf(node, walk, facts)) return 'linear';
      return active > 1 ? 'matrix-product' : 'average';
    case 'Add':
    case 'Sub':
    case 'Sum':
      return active > 1 ? 'sum' : isBias(node, walk, facts) ? 'bias' : 'shift';
    case 'Mean':
      return 'sum';
    case 'Mul':
      return active > 1 ? 'product' : 'scale';
    case 'Div':
      if (active > 1) return 'quotient';
      return walk.needsGradient(node.inputs[0]!) ? 'scale' : 'activation';
    case 'Min':
    case 'Max':
      return active > 1 ? 'maximum' : 'activation';
    default:
      return formOf(node, active, walk);
  }
}

/** Weights that depend on the input as well make a layer a product of two values; its bias may not. */
function productOf(node: Node, walk: Walk): LayerKind | undefined {
  const [a, b, bias = ''] = node.inputs as [string, string, string?];
  return walk.needsGradient(a) && walk.needsGradient(b) && !walk.needsGradient(bias)
    ? 'matrix-product'
    : undefined;
}

/** Functions of one value are known as such where nothing else of them depends on the input. */
function formOf(node: Node, active: number, walk: Walk): LayerKind | undefined {
  const kind = Object.hasOwn(byOperator, node.op) ? byOperator[node.op] : undefined;
  if (kind === 'activation' && active > 1) return undefined;
  const isNorm = kind === 'normalisation' || kind === 'batch-normalisation';
  return isNorm && (active > 1 || !walk.needsGradient(node.inputs[0]!)) ? undefined : kind;
}

const all = (kind: LayerKind, ...ops: string[]) => Object.fromEntries(ops.map((op) => [op, kind]));

const byOperator: Readonly<Record<string, LayerKind>> = {
  ...all('average', 'AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'Resize', 'CumSum'),
  ...all('average', 'ReduceL1', 'ReduceL2', 'LpPool', 'GlobalLpPool'),
  // The gradient of a smooth maximum is a share of one that each value has.
  ...all('maximum', 'MaxPool', 'GlobalMaxPool', 'ReduceMax', 'ReduceMin', 'ReduceLogSumExp'),
  ...all('matrix-product', 'ReduceSumSquare'),
  ...all('batch-normalisation', 'BatchNormalization'),
  ...all('normalisation', 'LayerNormalization', 'InstanceNormalization', 'GroupNormalization'),
  ...all('softmax', 'Softmax'),
  ...all('log-softmax', 'LogSoftmax'),
  ...all('activation', 'Relu', 'LeakyRelu', 'PRelu', 'ThresholdedRelu', 'Elu', 'Selu', 'Celu', 'Clip'),
  ...all('activation', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Softsign', 'Mish'),
  ...all(
    'activation',
    'Erf',
    'Gelu',
    'Exp',
    'Log',
    'Sqrt',
    'Pow',
    'Reciprocal',
    'Abs',
    'Neg',
    'Sin',
    'Cos',
    'Tan',
    'Atan',
    'LRN',
  ),
  ...all('shape', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Split', 'Slice'),
  ...all('shape', 'Gather', 'Pad', 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Identity', 'Dropout'),
  ...all('shape', 'Cast', 'Where', 'GatherElements', 'GatherND', 'TopK'),
};
