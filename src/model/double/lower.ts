import { type ByOperator, entryOf, type OperatorName } from '../../graph/catalogue/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import type { Shapes } from '../../graph/shapes.js';
import { steps } from '../../graph/steps.js';
import { Conv, ConvTranspose } from './convolution.js';
import * as layers from './layers.js';
import type { Lowering } from './lowering.js';
import * as pointwise from './pointwise.js';

const names = [
  ...[
    'Abs',
    'Add',
    'And',
    'ArgMax',
    'ArgMin',
    'BatchNormalization',
    'Cast',
    'CastLike',
    'Ceil',
    'Concat',
    'Constant',
  ],
  ...['ConstantOfShape', 'Cos', 'CumSum', 'DepthToSpace', 'Div', 'Dropout', 'Einsum', 'Equal', 'Exp'],
  ...['Expand', 'Flatten', 'Floor', 'Gather', 'GatherElements', 'GatherND', 'Gemm', 'Greater', 'GridSample'],
  ...['GreaterOrEqual', 'Identity', 'LayerNormalization', 'Less', 'LessOrEqual', 'Log', 'LogSoftmax'],
  ...[
    'MatMul',
    'Max',
    'MaxPool',
    'Min',
    'Mod',
    'Mul',
    'Neg',
    'Not',
    'Or',
    'Pad',
    'Pow',
    'Range',
    'Reciprocal',
  ],
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin'],
  ...['ReduceProd', 'ReduceSum', 'ReduceSumSquare', 'Relu', 'Reshape', 'Round', 'ScatterElements'],
  ...[
    'ScatterND',
    'Shape',
    'Shrink',
    'Sign',
    'Sin',
    'Size',
    'Slice',
    'Softmax',
    'SpaceToDepth',
    'Split',
    'Sqrt',
  ],
  ...['Squeeze', 'Sub', 'Sum', 'Tanh', 'Tile', 'TopK', 'Transpose', 'Trilu', 'Unsqueeze', 'Where'],
] as const satisfies readonly OperatorName[];

/** Operators with a float64 kernel in ONNX Runtime's CPU provider, or that only move or count values. */
const kernels: ReadonlySet<string> = new Set(names);

/** Operators without a float64 kernel, and the formulas that replace them. */
export const lowerings: Partial<ByOperator<Lowering>> = { ...pointwise, ...layers, Conv, ConvTranspose };

/**
 * Replaces all operators without a float64 kernel. Returns the first node without a replacement if there is
 * one.
 */
export function lowered(graph: Graph, shapes: Shapes): Graph | Node {
  let lacking: Node | undefined;
  const rewritten = rewriteNodes(graph, (node, edit) => {
    if (node.domain === '' && kernels.has(node.op)) return node;
    const made = steps(node, edit, 'float64');
    if (entryOf(lowerings, node)?.(node, made, shapes)) return made.nodes;
    lacking ??= node;
    return node;
  });
  return lacking ?? rewritten;
}
