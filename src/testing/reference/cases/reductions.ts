import { int } from '../../../graph/attributes.js';
import { int64 } from '../../../graph/elements.js';
import type { Case } from './case.js';

const x = ['N', 3, 4, 2] as const;

const reductions = (op: string, between?: readonly [number, number]): Case[] => [
  { op, between, inputs: [x, int64([1])] },
  { op, between, inputs: [x, int64([-1])], attributes: { keepdims: int(0) } },
  { op, between, inputs: [x, int64([3, 1])], attributes: { keepdims: int(0) } },
  { op, between, about: 'all axes', inputs: [[3, 4]] },
  { op, between, about: 'all axes, none kept', inputs: [x], attributes: { keepdims: int(0) } },
  { op, between, about: 'over the batch', inputs: [x, int64([0, 2])] },
];

export const reductionCases: readonly Case[] = [
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].map(
    (op): Case => ({ op, about: 'no axes', inputs: [x], attributes: { noop_with_empty_axes: int(1) } }),
  ),
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2'].flatMap((op) =>
    reductions(op),
  ),
  ...['ReduceSumSquare', 'ReduceLogSumExp'].flatMap((op) => reductions(op)),
  ...reductions('ReduceProd'),
  ...reductions('ReduceLogSum', [0.2, 2]),
  ...['Softmax', 'LogSoftmax'].flatMap((op): Case[] => [
    { op, inputs: [['N', 5]] },
    { op, inputs: [x], attributes: { axis: int(1) } },
    { op, inputs: [x], attributes: { axis: int(-2) } },
    { op, about: 'far from zero', inputs: [['N', 5]], between: [-40, 40] },
  ]),
  { op: 'CumSum', about: 'reversed', inputs: [x, int64([-1], [])], attributes: { reverse: int(1) } },
  { op: 'CumSum', about: 'exclusive', inputs: [x, int64([2], [])], attributes: { exclusive: int(1) } },
  {
    op: 'CumSum',
    about: 'reversed and exclusive',
    inputs: [x, int64([1], [])],
    attributes: { exclusive: int(1), reverse: int(1) },
  },
];
