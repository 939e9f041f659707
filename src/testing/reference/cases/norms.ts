import { float, int } from '../../../graph/attributes.js';
import { float32 } from '../../../graph/elements.js';
import type { Case } from './case.js';

const mean = float32([0.1, -0.2, 0.3]);
const variance = float32([0.5, 1.5, 0.8]);

export const normCases: readonly Case[] = [
  { op: 'BatchNormalization', inputs: [['N', 3, 4, 2], [3], [3], mean, variance] },
  {
    op: 'BatchNormalization',
    inputs: [['N', 3], [3], [3], mean, variance],
    attributes: { epsilon: float(0.1) },
  },
  { op: 'BatchNormalization', inputs: [['N', 3, 5], [3], [3], mean, variance] },
  { op: 'LayerNormalization', inputs: [['N', 3, 4], [4], [4]] },
  { op: 'LayerNormalization', inputs: [['N', 3, 4], [4]], attributes: { epsilon: float(0.1) } },
  {
    op: 'LayerNormalization',
    inputs: [
      ['N', 3, 4],
      [3, 4],
      [3, 4],
    ],
    attributes: { axis: int(1) },
  },
  { op: 'LayerNormalization', inputs: [['N', 3, 4], [4], [4]], attributes: { axis: int(-2) } },
  { op: 'InstanceNormalization', inputs: [['N', 3, 4, 2], [3], [3]] },
  { op: 'InstanceNormalization', inputs: [['N', 3, 5], [3], [3]], attributes: { epsilon: float(0.1) } },
  { op: 'GroupNormalization', inputs: [['N', 6, 2, 3], [2], [2]], attributes: { num_groups: int(2) } },
  {
    op: 'GroupNormalization',
    inputs: [['N', 6, 2, 3], [6], [6]],
    attributes: { num_groups: int(2) },
    opset: 21,
  },
  {
    op: 'GroupNormalization',
    inputs: [['N', 4, 3], [4], [4]],
    attributes: { num_groups: int(1) },
    opset: 21,
  },
  { op: 'GroupNormalization', inputs: [['N', 4, 3], [4], [4]], attributes: { num_groups: int(4) } },
  { op: 'LRN', inputs: [['N', 6, 2, 2]], attributes: { size: int(5), alpha: float(0.5), beta: float(0.75) } },
  { op: 'LRN', inputs: [['N', 5, 3, 2]], attributes: { size: int(3), alpha: float(0.5), bias: float(2) } },
];
