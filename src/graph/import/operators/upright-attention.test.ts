import { describe, expect, it } from 'vitest';
import { int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { float32, scalar } from '../../elements.js';
import { uprightAttention } from './upright-attention.js';

const turn = (b: Builder, value: string, perm: readonly number[]) =>
  b.emit('Transpose', [value], { perm: ints(perm) });

/** Attention with keys in the rows of its scores, `[N, T, h, d]` in. */
function graphOf({
  scored = (_: Builder, score: string) => score,
  axis = 2,
  perm = [0, 1, 3, 2],
  also = false,
} = {}) {
  const b = startGraph('net');
  const keys = turn(b, 'k', [0, 2, 1, 3]);
  const score = b.emit('MatMul', [keys, turn(b, 'q', [0, 2, 3, 1])], {}, 'score');
  const columns = b.emit('Softmax', [scored(b, score)], { axis: int(axis) }, 'columns');
  b.emit('MatMul', [turn(b, columns, perm), turn(b, 'v', [0, 2, 1, 3])], {}, 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 5, 2, 4] });
  return b.finish(['q', 'k', 'v'].map(value), [value('y'), ...(also ? [value('columns')] : [])]);
}

describe('attention with its keys in rows', () => {
  it.each([
    ['as it is', undefined],
    ['scaled', (b: Builder, score: string) => b.emit('Div', [score, b.constant(scalar(2))])],
  ])('is written with its queries in rows: %s', (_, scored) => {
    const { nodes } = uprightAttention(graphOf(scored && { scored }));
    const softmax = nodes.find(({ op }) => op === 'Softmax')!;
    expect(softmax.attributes).toEqual({ axis: int(-1) });
    const [score, context] = nodes.filter(({ op }) => op === 'MatMul');
    expect(context!.inputs[0]).toBe(softmax.outputs[0]);
    const factors = score!.inputs.map((input) => nodes.find(({ outputs }) => outputs[0] === input)!);
    expect(factors.map(({ inputs, attributes }) => [inputs[0], attributes.perm])).toEqual([
      ['q', ints([0, 2, 1, 3])],
      ['k', ints([0, 2, 3, 1])],
    ]);
    expect(nodes.filter(({ op }) => op === 'Transpose')).toHaveLength(3);
  });

  it.each([
    ['a softmax over its rows', { axis: 3 }],
    ['another transposition', { perm: [0, 3, 2, 1] }],
    ['a softmax that is an output too', { also: true }],
    [
      'a mask of its places',
      {
        scored: (b: Builder, score: string) =>
          b.add(score, b.constant(float32(new Float32Array(25), [5, 5]))),
      },
    ],
  ])('but not with %s', (_, how) => {
    const graph = graphOf(how);
    expect(uprightAttention(graph)).toBe(graph);
  });
});
