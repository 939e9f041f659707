import { float, int, string } from '../../../graph/attributes.js';
import { float32, int64, scalar } from '../../../graph/elements.js';
import type { Case } from './case.js';

const x = ['N', 3, 4] as const;

const unary = (op: string, rest: Omit<Case, 'op' | 'inputs'> = {}): Case => ({ op, inputs: [x], ...rest });

const smooth = [
  'Sigmoid',
  'Tanh',
  'Softplus',
  'Softsign',
  'Mish',
  'Erf',
  'Gelu',
  'Exp',
  'Sin',
  'Cos',
  'Atan',
  'Asinh',
  'Sinh',
  'Cosh',
];
const bent = [
  'Relu',
  'LeakyRelu',
  'Elu',
  'Selu',
  'Celu',
  'HardSigmoid',
  'HardSwish',
  'Abs',
  'Neg',
  'ThresholdedRelu',
];

/** Pairs of shapes that are broadcast to each other. */
const pairs: readonly (readonly [readonly (number | 'N')[], readonly (number | 'N')[]])[] = [
  [x, x],
  [x, [4]],
  [x, [3, 1]],
  [[1, 3, 1], x],
  [x, []],
  [
    ['N', 1, 4],
    [2, 3, 1],
  ],
  [[4], ['N', 2, 3, 1]],
];

export const pointwiseCases: readonly Case[] = [
  ...[...smooth, ...bent, 'Sign'].map((op) => unary(op)),
  ...['Elu', 'Selu', 'Celu', 'HardSwish', 'Softplus', 'Mish', 'Gelu', 'Sigmoid', 'Tanh'].map((op) =>
    unary(op, { about: 'far from zero', between: [-30, 30] }),
  ),
  unary('LeakyRelu', { attributes: { alpha: float(0.3) } }),
  unary('ThresholdedRelu', { attributes: { alpha: float(0.2) } }),
  unary('Elu', { attributes: { alpha: float(0.7) } }),
  unary('Celu', { attributes: { alpha: float(0.7) } }),
  unary('Selu', { attributes: { alpha: float(1.2), gamma: float(0.9) } }),
  unary('HardSigmoid', { attributes: { alpha: float(0.5), beta: float(0.4) } }),
  unary('Gelu', { about: 'approximated', attributes: { approximate: string('tanh') } }),
  ...['Asin', 'Acos', 'Atanh'].map((op) => unary(op, { between: [-0.9, 0.9] })),
  unary('Acosh', { between: [1.1, 3] }),
  unary('Shrink'),
  unary('Shrink', { about: 'softly', attributes: { lambd: float(0.25), bias: float(0.25) } }),
  ...pairs.map((inputs): Case => ({ op: 'Mod', inputs, attributes: { fmod: int(1) }, between: [0.5, 2.9] })),
  { op: 'CastLike', inputs: [x, scalar(1)] },
  unary('Log', { between: [0.2, 3] }),
  unary('Sqrt', { between: [0.2, 3] }),
  unary('Reciprocal', { between: [0.4, 3] }),
  unary('Tan', { between: [-1.2, 1.2] }),
  { op: 'PRelu', inputs: [x, [3, 1]] },
  {
    op: 'PRelu',
    inputs: [
      ['N', 3, 2, 2],
      [3, 1, 1],
    ],
  },
  { op: 'Clip', inputs: [x, scalar(-0.5), scalar(0.7)] },
  { op: 'Clip', about: 'as ReLU6', inputs: [x, scalar(0), scalar(6)], between: [-4, 9] },
  { op: 'Clip', about: 'from above', inputs: [x, '', scalar(0.3)] },
  { op: 'Clip', about: 'from below', inputs: [x, scalar(0.1)] },
  { op: 'Clip', about: 'between inputs', inputs: [x, [], scalar(4)], between: [-2, 2] },
  ...['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum', 'Mean'].flatMap((op) =>
    pairs.map((inputs): Case => ({ op, inputs })),
  ),
  ...pairs.map((inputs): Case => ({ op: 'Div', inputs, between: [0.5, 2] })),
  ...pairs.map((inputs): Case => ({ op: 'Pow', inputs, between: [0.5, 2] })),
  ...[2, 3, 0.5, -0.5, 1, 0, -2].map(
    (power): Case => ({ op: 'Pow', about: `power ${power}`, inputs: [x, scalar(power)], between: [0.4, 2] }),
  ),
  { op: 'Pow', about: 'negative bases, even powers', inputs: [x, float32([2, 4, 2, 0])] },
  { op: 'Div', about: 'negative divisors', inputs: [x, x], between: [-2, -0.5] },
  ...['Max', 'Min', 'Sum', 'Mean'].flatMap((op): Case[] => [
    { op, inputs: [x] },
    { op, inputs: [x, [4], ['N', 1, 1], x] },
  ]),
  {
    op: 'Where',
    inputs: [
      { type: 'bool', data: Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1), shape: [3, 4] },
      x,
      [4],
    ],
  },
  { op: 'Where', inputs: [{ type: 'bool', data: Uint8Array.of(1, 0, 1), shape: [3, 1] }, [], x] },
  { op: 'Identity', inputs: [x] },
  { op: 'Dropout', inputs: [x] },
  { op: 'Cast', inputs: [x], attributes: { to: { kind: 'int', value: 1 } } },
  { op: 'CumSum', inputs: [x, int64([1], [])] },
];
