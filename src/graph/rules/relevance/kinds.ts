import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { isBias, layerOf } from './layer.js';
import { activeInputs, type Surroundings } from './surroundings.js';

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
  /** Averages, sums and interpolations over axes. */
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
  /** Two values that both depend on the input, multiplied as matrices. */
  | 'matrix-product'
  | 'softmax'
  /** Values moved, joined, cut or repeated. */
  | 'shape';

/** The kind of a node; undefined for operators that no relevance rule is known for. */
export function kindOf(node: Node, walk: Walk, around: Surroundings): LayerKind | undefined {
  if (node.domain !== '') return undefined;
  const active = activeInputs(node, walk).length;
  switch (node.op) {
    case 'Conv':
    case 'ConvTranspose':
      return layerOf(node, walk, around) && 'convolution';
    case 'Gemm':
    case 'MatMul':
      return layerOf(node, walk, around)
        ? 'linear'
        : active === 2 && node.op === 'MatMul'
          ? 'matrix-product'
          : undefined;
    case 'Add':
    case 'Sub':
    case 'Sum':
      return active > 1 ? 'sum' : isBias(node, walk, around) ? 'bias' : 'shift';
    case 'Mean':
      return 'sum';
    case 'Mul':
      return active > 1 ? 'product' : 'scale';
    case 'Div':
      if (active > 1) return 'quotient';
      return walk.wanted(node.inputs[0]!) ? 'scale' : 'activation';
    case 'Min':
    case 'Max':
      return active > 1 ? 'maximum' : 'activation';
    default:
      return Object.hasOwn(byOperator, node.op) ? byOperator[node.op] : undefined;
  }
}

const all = (kind: LayerKind, ...ops: string[]) => Object.fromEntries(ops.map((op) => [op, kind]));

const byOperator: Readonly<Record<string, LayerKind>> = {
  ...all('average', 'AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'Resize'),
  ...all('maximum', 'MaxPool', 'GlobalMaxPool', 'ReduceMax', 'ReduceMin'),
  ...all('batch-normalisation', 'BatchNormalization'),
  ...all('normalisation', 'LayerNormalization', 'InstanceNormalization', 'GroupNormalization'),
  ...all('softmax', 'Softmax'),
  ...all('activation', 'Relu', 'LeakyRelu', 'PRelu', 'ThresholdedRelu', 'Elu', 'Selu', 'Celu', 'Clip'),
  ...all(
    'activation',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    'Tanh',
    'Softplus',
    'Softsign',
    'Mish',
    'Swish',
  ),
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
    'LRN',
  ),
  ...all('shape', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Split', 'Slice'),
  ...all('shape', 'Gather', 'Pad', 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Identity', 'Dropout'),
  ...all('shape', 'Cast', 'Where'),
};
