import { float, int, string } from '../../../graph/attributes.js';
import type { Case } from './case.js';

const product = (a: Case['inputs'][number], b: Case['inputs'][number]): Case => ({
  op: 'MatMul',
  inputs: [a, b],
});
const einsum = (equation: string, ...inputs: Case['inputs'][number][]): Case => ({
  op: 'Einsum',
  about: equation,
  inputs,
  attributes: { equation: string(equation) },
});

export const linearCases: readonly Case[] = [
  { op: 'Gemm', inputs: [['N', 3], [3, 4], [4]] },
  {
    op: 'Gemm',
    inputs: [['N', 3], [4, 3], []],
    attributes: { transB: int(1), alpha: float(0.5), beta: float(2) },
  },
  {
    op: 'Gemm',
    inputs: [
      ['N', 3],
      [4, 3],
    ],
    attributes: { transB: int(1) },
  },
  {
    op: 'Gemm',
    inputs: [
      [3, 2],
      [3, 4],
      [1, 4],
    ],
    attributes: { transA: int(1), alpha: float(0.5) },
  },
  {
    op: 'Gemm',
    inputs: [
      [3, 2],
      [4, 3],
      [2, 1],
    ],
    attributes: { transA: int(1), transB: int(1) },
  },
  product(['N', 3], [3, 4]),
  product(['N', 2, 3], [3, 4]),
  product(['N', 2, 3], ['N', 3, 4]),
  product(['N', 2, 3, 4], ['N', 2, 4, 3]),
  product(['N', 1, 3, 4], [2, 4, 3]),
  product([2, 3], ['N', 3, 4]),
  product([5, 1, 2, 3], ['N', 3, 4]),
  product(['N', 3], [3]),
  product(['N', 2, 3], [3]),
  product([3], ['N', 3, 2]),
  product([3], [3, 2]),
  product([3], [3]),
  einsum('bij,bjk->bik', ['N', 2, 3], ['N', 3, 4]),
  einsum('bhwc,hkc->bhwk', ['N', 2, 3, 4], [2, 5, 4]),
  einsum('bnc,ck->bnk', ['N', 2, 3], [3, 4]),
  einsum('bnc->bn', ['N', 2, 3]),
  einsum('bnc->bcn', ['N', 2, 3]),
  einsum('bn,bm->bnm', ['N', 2], ['N', 3]),
  einsum('bn,c->bn', ['N', 2], [3]),
  einsum('ij,jk', ['N', 3], [3, 2]),
  einsum('...ij,...jk->...ik', ['N', 2, 2, 3], ['N', 2, 3, 2]),
  einsum('...c,dc->...d', ['N', 2, 3], [4, 3]),
  einsum('bii->bi', ['N', 3, 3]),
  einsum('bii->b', ['N', 3, 3]),
  einsum('bcii,ij->bjc', ['N', 2, 3, 3], [3, 4]),
  einsum('...ii', ['N', 2, 3, 3]),
  einsum('bi,ij,bj->b', ['N', 2], [2, 3], ['N', 3]),
];
