import { int, ints, string } from '../../../graph/attributes.js';
import { int64 } from '../../../graph/elements.js';
import type { Case } from './case.js';

const x = ['N', 3, 4] as const;
const slice = (...cuts: readonly (readonly number[])[]): Case => ({
  op: 'Slice',
  about: `starts, ends, axes, steps: ${cuts.map((c) => `[${c}]`).join(' ')}`,
  inputs: [x, ...cuts.map((c) => int64(c))],
});

const least = { attributes: { axis: int(1), largest: int(0) }, outputs: 2, used: [0] } as const;

export const layoutCases: readonly Case[] = [
  { op: 'Reshape', inputs: [x, int64([-1, 12])] },
  { op: 'Reshape', inputs: [x, int64([0, 2, -1, 2])] },
  { op: 'Flatten', inputs: [x] },
  { op: 'Flatten', inputs: [x], attributes: { axis: int(2) } },
  { op: 'Squeeze', inputs: [['N', 1, 4, 1], int64([1, -1])] },
  { op: 'Unsqueeze', inputs: [x, int64([1, -1])] },
  { op: 'Transpose', inputs: [x], attributes: { perm: ints([1, 2, 0]) } },
  { op: 'Transpose', inputs: [['N', 2, 3, 4]], attributes: { perm: ints([0, 2, 3, 1]) } },
  { op: 'Transpose', about: 'reversed', inputs: [x] },
  { op: 'Concat', inputs: [x, ['N', 2, 4], x], attributes: { axis: int(1) } },
  { op: 'Concat', inputs: [x], attributes: { axis: int(-1) } },
  { op: 'Concat', about: 'copies of the batch', inputs: [x, x, x], attributes: { axis: int(0) } },
  { op: 'Split', inputs: [['N', 6, 2]], outputs: 3, attributes: { axis: int(1), num_outputs: int(3) } },
  { op: 'Split', about: 'uneven', inputs: [x, int64([1, 3])], outputs: 2, attributes: { axis: int(-1) } },
  {
    op: 'Split',
    about: 'one part used',
    inputs: [x, int64([1, 2])],
    outputs: 2,
    used: [1],
    attributes: { axis: int(1) },
  },
  slice([1], [3], [2]),
  slice([0, 1], [2, 2147483647], [1, 2]),
  slice([-2], [9], [-1]),
  slice([0], [4], [2], [2]),
  slice([1], [4], [2], [2]),
  slice([0], [3], [1], [2]),
  slice([-1], [-9], [2], [-1]),
  slice([3], [0], [2], [-2]),
  slice([0], [9223372036854775000], [1]),
  slice([0, 0, 1], [9223372036854775000, 2, 3]),
  { op: 'Expand', inputs: [['N', 1, 4], int64([1, 3, 4])] },
  { op: 'Expand', inputs: [[4], int64([2, 3, 1])] },
  { op: 'Expand', about: 'nothing', inputs: [x, int64([1])] },
  { op: 'Tile', inputs: [x, int64([1, 2, 3])] },
  { op: 'Tile', about: 'the batch too', inputs: [x, int64([2, 1, 2])] },
  { op: 'Gather', about: 'one', inputs: [x, int64([0], [])], attributes: { axis: int(1) } },
  { op: 'Gather', about: 'the last', inputs: [x, int64([-1], [])], attributes: { axis: int(2) } },
  { op: 'Gather', about: 'a row', inputs: [x, int64([1, 2])], attributes: { axis: int(1) } },
  { op: 'Gather', about: 'all', inputs: [x, int64([0, 1, 2])], attributes: { axis: int(1) } },
  { op: 'Gather', about: 'some twice', inputs: [x, int64([2, 0, 2, 2])], attributes: { axis: int(1) } },
  {
    op: 'Gather',
    about: 'a matrix',
    inputs: [x, int64([0, 3, -1, 1, 1, 0], [2, 3])],
    attributes: { axis: int(2) },
  },
  { op: 'Gather', about: 'a table', inputs: [[5, 3], int64([4, 0, 4], [3])] },
  { op: 'TopK', inputs: [x, int64([2])], outputs: 2, used: [0] },
  { op: 'TopK', about: 'the least', inputs: [x, int64([2])], ...least },
  { op: 'GatherElements', inputs: [[2, 3], int64([0, 2, 2, 1, 0, 0], [2, 3])], attributes: { axis: int(1) } },
  { op: 'GatherND', inputs: [[3, 4, 2], int64([0, 1, 2, -1, 0, 1], [3, 2])] },
  ...['none', 'add'].flatMap((reduction): Case[] => [
    {
      op: 'ScatterElements',
      about: reduction,
      inputs: [[3, 4], int64([3, 0, 1, 2, -1, 0], [3, 2]), [3, 2]],
      attributes: { axis: int(1), reduction: string(reduction) },
    },
    {
      op: 'ScatterND',
      about: reduction,
      inputs: [[3, 4, 2], int64([0, 1, 2, -1, 1, 3], [3, 2]), [3, 2]],
      attributes: { reduction: string(reduction) },
    },
    {
      op: 'ScatterND',
      about: `rows, ${reduction}`,
      inputs: [[3, 4], int64([2, 0], [2, 1]), [2, 4]],
      attributes: { reduction: string(reduction) },
    },
  ]),
  { op: 'Trilu', inputs: [['N', 3, 4]] },
  { op: 'Trilu', about: 'lower', inputs: [['N', 4, 4], int64([1], [])], attributes: { upper: int(0) } },
  { op: 'DepthToSpace', inputs: [['N', 8, 2, 3]], attributes: { blocksize: int(2) } },
  { op: 'DepthToSpace', inputs: [['N', 8, 2, 3]], attributes: { blocksize: int(2), mode: string('CRD') } },
  { op: 'SpaceToDepth', inputs: [['N', 2, 4, 6]], attributes: { blocksize: int(2) } },
];
