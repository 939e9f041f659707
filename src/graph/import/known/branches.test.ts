import { describe, expect, it } from 'vitest';
import type { Constant, Graph, Node } from '../../graph.js';
import { takeBranches } from './branches.js';

const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Node['attributes'] = {},
): Node => ({
  op,
  domain: '',
  name: `make ${output}`,
  inputs,
  outputs: [output],
  attributes,
});

const graph = (
  nodes: readonly Node[],
  constants: Readonly<Record<string, Constant>> = {},
  outer = true,
): Graph => ({
  name: 'branches',
  opsets: outer ? { '': 20 } : {},
  inputs: outer ? [{ name: 'x', type: 'float32', shape: ['N', 4] }] : [],
  outputs: [{ name: nodes.at(-1)!.outputs[0]!, type: 'float32' }],
  nodes,
  initializers: new Map(Object.entries(constants)),
  metadata: {},
});

const truth = (value: boolean): Constant => ({ type: 'bool', data: Uint8Array.of(value ? 1 : 0), shape: [] });
const choose = (condition: string, output: string): Node =>
  node('If', [condition], output, {
    then_branch: { kind: 'graph', value: graph([node('Relu', ['x'], 'inner')], {}, false) },
    else_branch: { kind: 'graph', value: graph([node('Neg', ['x'], 'inner')], {}, false) },
  });

const never = () => Promise.reject(new Error('nothing has to be run'));

describe('an If', () => {
  it.each([
    [true, 'Relu'],
    [false, 'Neg'],
  ])('whose condition is %s becomes its branch', async (value, op) => {
    const found = await takeBranches(graph([choose('c', 'y')], { c: truth(value) }), 1, never);
    expect(found.nodes.map((n) => n.op)).toEqual([op, 'Identity']);
    expect(found.nodes[1]!.outputs).toEqual(['y']);
  });

  it('has its condition computed where it comes from shapes', async () => {
    const written = graph([
      node('Shape', ['x'], 'lengths'),
      node('Cast', ['lengths'], 'c'),
      choose('c', 'y'),
    ]);
    const asked: string[] = [];
    const found = await takeBranches(written, 1, async (_, __, values) => {
      asked.push(...values);
      return [new Map([['c', truth(true)]])];
    });
    expect(asked).toEqual(['c']);
    expect(found.nodes.map((n) => n.op)).toContain('Relu');
  });

  it('twice gives its values different names', async () => {
    const written = graph([choose('c', 'a'), choose('c', 'b'), node('Add', ['a', 'b'], 'y')], {
      c: truth(true),
    });
    const { nodes } = await takeBranches(written, 1, never);
    const outputs = nodes.flatMap((n) => n.outputs);
    expect(new Set(outputs).size).toBe(outputs.length);
  });

  it('that depends on the sample stays', async () => {
    const written = graph([node('Greater', ['x', 'zero'], 'c'), choose('c', 'y')], { zero: truth(false) });
    expect(await takeBranches(written, 1, never)).toBe(written);
  });
});
