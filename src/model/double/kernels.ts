import type { OperatorName } from '../../graph/catalogue/index.js';

const names = [
  ...['Abs', 'Add', 'And', 'ArgMax', 'ArgMin', 'BatchNormalization', 'Cast', 'Ceil', 'Concat', 'Constant'],
  ...['ConstantOfShape', 'Cos', 'CumSum', 'DepthToSpace', 'Div', 'Dropout', 'Einsum', 'Equal', 'Exp'],
  ...['Expand', 'Flatten', 'Floor', 'Gather', 'GatherElements', 'GatherND', 'Gemm', 'Greater'],
  ...['GreaterOrEqual', 'Identity', 'LayerNormalization', 'Less', 'LessOrEqual', 'Log', 'LogSoftmax'],
  ...['MatMul', 'Max', 'MaxPool', 'Min', 'Mul', 'Neg', 'Not', 'Or', 'Pad', 'Pow', 'Range', 'Reciprocal'],
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin'],
  ...['ReduceProd', 'ReduceSum', 'ReduceSumSquare', 'Relu', 'Reshape', 'Round', 'ScatterElements'],
  ...['ScatterND', 'Shape', 'Sign', 'Sin', 'Size', 'Slice', 'Softmax', 'SpaceToDepth', 'Split', 'Sqrt'],
  ...['Squeeze', 'Sub', 'Sum', 'Tanh', 'Tile', 'TopK', 'Transpose', 'Unsqueeze', 'Where'],
] as const satisfies readonly OperatorName[];

/** The operators that ONNX Runtime's CPU provider computes in double, or that only move or count values. */
export const kernels: ReadonlySet<string> = new Set(names);
