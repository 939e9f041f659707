import { describe, expect, it } from 'vitest';
import { int } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import { eliminateCommonSubexpressions } from './common-subexpressions.js';

/** The operators that remain in a graph of `x`. */
function left(compose: (builder: Builder) => readonly string[]): string[] {
  const builder = startGraph('repeated');
  const outputs = compose(builder);
  const value = (name: string) => ({ name, type: 'float32' as const });
  const graph = eliminateCommonSubexpressions(builder.finish([value('x')], outputs.map(value)));
  const made = new Set(['x', ...graph.initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)]);
  for (const { inputs } of graph.nodes) for (const input of inputs) expect(made).toContain(input);
  for (const output of outputs) expect(made).toContain(output);
  return graph.nodes.map(({ op }) => op);
}

describe('eliminateCommonSubexpressions', () => {
  it('removes equal nodes and the equal nodes that read them', () => {
    const half = ({ emit }: Builder) => emit('Exp', [emit('Neg', ['x'])]);
    expect(left((b) => [b.emit('Mul', [half(b), half(b)])])).toEqual(['Neg', 'Exp', 'Mul']);
  });

  it('ignores the order of attributes', () => {
    const pool = ({ emit }: Builder, names: readonly string[]) =>
      emit('Split', ['x'], Object.fromEntries(names.map((name) => [name, int(1)])));
    expect(
      left((b) => [b.emit('Add', [pool(b, ['axis', 'num_outputs']), pool(b, ['num_outputs', 'axis'])])]),
    ).toEqual(['Split', 'Add']);
  });

  it('keeps a node whose output is a graph output', () => {
    expect(left(({ emit }) => [emit('Neg', ['x']), emit('Neg', ['x'])])).toEqual(['Neg', 'Neg']);
  });

  it('keeps a node whose output a subgraph reads', () => {
    const inner = startGraph('inner');
    const taken = inner.finish([], [{ name: inner.emit('Exp', ['second']), type: 'float32' }]);
    const branch = { kind: 'graph', value: taken } as const;
    expect(
      left((b) => {
        b.emit('Neg', ['x'], {}, 'first');
        b.emit('Neg', ['x'], {}, 'second');
        const chosen = b.emit('If', ['x'], { then_branch: branch, else_branch: branch });
        return [b.emit('Add', ['first', chosen])];
      }),
    ).toEqual(['Neg', 'Neg', 'If', 'Add']);
  });

  it.each<[string, (builder: Builder) => readonly [string, string]]>([
    [
      'with different inputs',
      ({ emit }) => [emit('Sub', ['x', emit('Neg', ['x'])]), emit('Sub', [emit('Abs', ['x']), 'x'])],
    ],
    [
      'with different attributes',
      ({ emit }) => [emit('Softmax', ['x'], { axis: int(1) }), emit('Softmax', ['x'])],
    ],
    ['that draw random numbers', ({ emit }) => [emit('Bernoulli', ['x']), emit('Bernoulli', ['x'])]],
    [
      'with tensor attributes',
      ({ emit }) => {
        const value = { kind: 'tensor', value: int64([1]) } as const;
        return [emit('ConstantOfShape', ['x'], { value }), emit('ConstantOfShape', ['x'], { value })];
      },
    ],
  ])('keeps nodes %s', (_, compose) => {
    const ops = left((b) => [b.emit('Add', [...compose(b)])]);
    const builder = startGraph('plain');
    compose(builder);
    expect(ops).toHaveLength(builder.finish([], []).nodes.length + 1);
  });
});
