import type { Operator } from './operator.js';

const decision = { pointwise: 2, makes: 'bool' } as const;
const curve = { pointwise: 1, curve: 'smooth' } as const;
const gate = { ...curve, saturates: true } as const;
const oddGate = { ...gate, zeroAtZero: true, nonNegative: 'of-first' } as const;
const odd = { ...curve, zeroAtZero: true, nonNegative: 'of-first' } as const;
const pieces = { pointwise: 1, curve: 'pieces' } as const;
/** f(0) = 0, and f(x) >= 0 for x >= 0. */
const bent = { ...pieces, zeroAtZero: true, nonNegative: 'of-first' } as const;
const steps = { pointwise: 1, curve: 'steps', zeroAtZero: true, nonNegative: 'of-first' } as const;
const power = { pointwise: 1, curve: 'power' } as const;
/** Linear in the first input with non-negative weights: averages, and operators that only move elements. */
const sums = { linear: 'first', homogeneous: true, nonNegative: 'of-first' } as const;
const inOrder = { ...sums, moves: 'in-order' } as const;
const picked = { ...sums, moves: 'picked' } as const;
const same = { ...inOrder, pointwise: 1, zeroAtZero: true } as const;
const maximum = { selects: 'maximum', homogeneous: true, nonNegative: 'of-first' } as const;
const length = { homogeneous: true, nonNegative: 'always' } as const;
const normalisation = { normalises: 'by-sample', channels: true } as const;
const drawn = { draws: 'always', source: true } as const;

/**
 * The properties of each ONNX operator (opset 20). src/graph/catalogue/catalogue.test.ts checks them against
 * the reference.
 */
export const catalogue = {
  // Elementwise functions of one input
  Abs: { ...pieces, homogeneous: true, zeroAtZero: true, nonNegative: 'always' },
  Acos: { pointwise: 1, nonNegative: 'always' },
  Acosh: { pointwise: 1, nonNegative: 'always' },
  Asin: { pointwise: 1, zeroAtZero: true, nonNegative: 'of-first' },
  Asinh: { pointwise: 1, zeroAtZero: true, nonNegative: 'of-first' },
  Atan: oddGate,
  Atanh: { pointwise: 1, zeroAtZero: true, nonNegative: 'of-first' },
  Cast: same,
  CastLike: { ...inOrder, pointwise: 2, zeroAtZero: true },
  Ceil: steps,
  Celu: bent,
  Clip: { pointwise: 3, curve: 'pieces', saturates: true },
  Cos: curve,
  Cosh: { pointwise: 1, nonNegative: 'always' },
  Dropout: { ...same, draws: 'in-training', besides: 'mask' },
  Elu: bent,
  Erf: oddGate,
  Exp: { ...curve, nonNegative: 'always' },
  Floor: steps,
  Gelu: odd,
  HardSigmoid: { ...pieces, saturates: true, nonNegative: 'always' },
  HardSwish: bent,
  Identity: same,
  LeakyRelu: { ...bent, homogeneous: true },
  Log: power,
  Mish: odd,
  Neg: { pointwise: 1, linear: 'first', homogeneous: true, zeroAtZero: true },
  PRelu: { ...bent, pointwise: 2, homogeneous: true },
  Reciprocal: { ...power, nonNegative: 'of-first' },
  Relu: { ...bent, homogeneous: true, nonNegative: 'always' },
  Round: steps,
  Selu: bent,
  Shrink: { pointwise: 1, zeroAtZero: true, nonNegative: 'of-first' },
  Sigmoid: { ...gate, nonNegative: 'always' },
  Sign: { ...steps, saturates: true },
  Sin: { ...curve, zeroAtZero: true },
  Sinh: { pointwise: 1, zeroAtZero: true, nonNegative: 'of-first' },
  Softplus: { ...curve, nonNegative: 'always' },
  Softsign: { ...bent, saturates: true },
  Sqrt: { ...power, zeroAtZero: true, nonNegative: 'always' },
  Tan: { pointwise: 1, curve: 'poles', zeroAtZero: true },
  Tanh: oddGate,
  ThresholdedRelu: bent,

  // Elementwise functions of several inputs
  Add: { pointwise: 2, linear: 'all', nonNegative: 'of-all' },
  Div: { pointwise: 2, linear: 'first', homogeneous: true, nonNegative: 'of-all' },
  Max: { pointwise: 'any', selects: 'maximum', nonNegative: 'of-any' },
  Mean: { pointwise: 'any', linear: 'all', nonNegative: 'of-all' },
  Min: { pointwise: 'any', selects: 'minimum', nonNegative: 'of-all' },
  Mod: { pointwise: 2 },
  Mul: { pointwise: 2, linear: 'each', nonNegative: 'of-all' },
  Pow: { pointwise: 2, curve: 'power', nonNegative: 'of-first' },
  Sub: { pointwise: 2, linear: 'all' },
  Sum: { pointwise: 'any', linear: 'all', nonNegative: 'of-all' },
  Where: { pointwise: 3, nonNegative: 'of-all' },

  // Comparisons and logic
  And: decision,
  Equal: decision,
  Greater: decision,
  GreaterOrEqual: decision,
  IsInf: { pointwise: 1, makes: 'bool' },
  IsNaN: { pointwise: 1, makes: 'bool' },
  Less: decision,
  LessOrEqual: decision,
  Not: { pointwise: 1, makes: 'bool' },
  Or: decision,
  Xor: decision,

  // Layers
  Conv: { layer: 'convolution', linear: 'each', bias: true, channels: true },
  ConvTranspose: { layer: 'convolution', linear: 'each', bias: true, channels: true },
  Einsum: { layer: 'linear', linear: 'each', nonNegative: 'of-all' },
  Gemm: { layer: 'linear', linear: 'each', bias: true },
  MatMul: { layer: 'linear', linear: 'each' },

  // Pooling
  AveragePool: { ...sums, pools: 'windows', channels: true },
  GlobalAveragePool: { ...sums, pools: 'all', channels: true },
  GlobalLpPool: { ...length, pools: 'all', channels: true },
  GlobalMaxPool: { ...maximum, pools: 'all', channels: true },
  LpPool: { ...length, pools: 'windows', channels: true },
  MaxPool: { ...maximum, pools: 'windows', channels: true, besides: 'places' },

  // Normalisation
  BatchNormalization: { normalises: 'by-constants', channels: true },
  GroupNormalization: normalisation,
  Hardmax: { nonNegative: 'always' },
  InstanceNormalization: normalisation,
  LRN: { channels: true, nonNegative: 'of-first' },
  LayerNormalization: { normalises: 'by-sample' },
  LogSoftmax: {},
  LpNormalization: { nonNegative: 'of-first' },
  Softmax: { saturates: true, nonNegative: 'always' },

  // Reductions and scans
  ArgMax: { reduces: 'other', makes: 'int64' },
  ArgMin: { reduces: 'other', makes: 'int64' },
  CumSum: sums,
  ReduceL1: { ...length, reduces: 'other' },
  ReduceL2: { ...length, reduces: 'other' },
  ReduceLogSum: { reduces: 'other' },
  ReduceLogSumExp: { reduces: 'other' },
  ReduceMax: { ...maximum, reduces: 'itself' },
  ReduceMean: { ...sums, reduces: 'itself' },
  ReduceMin: { ...maximum, selects: 'minimum', reduces: 'itself' },
  ReduceProd: { nonNegative: 'of-first', reduces: 'itself' },
  ReduceSum: { ...sums, reduces: 'itself' },
  ReduceSumSquare: { nonNegative: 'always', reduces: 'other' },

  // Data movement
  Concat: { linear: 'all', moves: 'joined', nonNegative: 'of-all' },
  DepthToSpace: { ...sums, moves: 'reordered', channels: true },
  Expand: { ...sums, moves: 'copied' },
  Flatten: inOrder,
  Gather: picked,
  GatherElements: picked,
  GatherND: picked,
  GridSample: { linear: 'first', homogeneous: true, channels: true },
  Pad: {},
  Reshape: inOrder,
  Resize: { linear: 'first', homogeneous: true, channels: true },
  ScatterElements: {},
  ScatterND: {},
  Slice: { ...sums, moves: 'cut' },
  SpaceToDepth: { ...sums, moves: 'reordered', channels: true },
  Split: { ...sums, moves: 'cut' },
  Squeeze: inOrder,
  Tile: { ...sums, moves: 'copied' },
  TopK: { homogeneous: true, moves: 'picked', nonNegative: 'of-first', besides: 'places' },
  Transpose: { ...sums, moves: 'reordered' },
  Trilu: { linear: 'first', homogeneous: true, nonNegative: 'of-first' },
  Unsqueeze: inOrder,

  // Integers
  ConvInteger: {},
  DequantizeLinear: {},
  DynamicQuantizeLinear: {},
  MatMulInteger: {},
  OneHot: {},
  QuantizeLinear: {},

  // Others
  Attention: {},
  Bernoulli: { draws: 'always', nonNegative: 'always' },
  Constant: { source: true },
  ConstantOfShape: { source: true },
  GRU: {},
  If: {},
  LSTM: {},
  Loop: {},
  Multinomial: { draws: 'always', makes: 'int64' },
  NonMaxSuppression: { makes: 'int64' },
  NonZero: { makes: 'int64' },
  RNN: {},
  RandomNormal: drawn,
  RandomNormalLike: { ...drawn, measures: true },
  RandomUniform: drawn,
  RandomUniformLike: { ...drawn, measures: true },
  Range: { source: true },
  Scan: {},
  Shape: { measures: true, makes: 'int64' },
  Size: { measures: true, makes: 'int64' },
} as const satisfies Readonly<Record<string, Operator>>;
