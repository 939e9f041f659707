import { describe, expect, it } from 'vitest';
import { startGraph } from '../builder.js';
import { scalar } from '../elements.js';
import type { Graph, Node } from '../graph.js';
import { checkNodes, joinsSamples } from './check-nodes.js';

const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 4] });
const graphOf = (given: Partial<Node>, output = 'y'): Graph => {
  const plain = startGraph('net').finish([value('x')], [value(output)]);
  const node: Node = {
    ...{ op: 'Relu', domain: '', name: 'n', inputs: ['x'], outputs: ['y'], attributes: {} },
    ...given,
  };
  return { ...plain, nodes: [node] };
};

describe('a graph that no engine runs', () => {
  it.each<[string, Graph, string | undefined]>([
    ['a standard operator', graphOf({}), undefined],
    ['one that reverses sequences in a tensor', graphOf({ op: 'ReverseSequence' }), undefined],
    ['one of ONNX Runtime', graphOf({ op: 'Gelu', domain: 'com.microsoft' }), undefined],
    [
      'one of its own',
      graphOf({ op: 'MyOp', domain: 'my.ops' }),
      "operator 'MyOp' of domain 'my.ops' (node 'n') is no standard one; export the model with the operators of ONNX",
    ],
    [
      'a map',
      graphOf({ op: 'ZipMap' }),
      "operator 'ZipMap' (node 'n') makes or reads a map; only tensors are supported: export the model without it",
    ],
    ['an output that nothing makes', graphOf({}, 'z'), "output 'z' is made by no node"],
  ])('%s', (_, graph, message) => {
    if (message === undefined) expect(() => checkNodes(graph)).not.toThrow();
    else expect(() => checkNodes(graph)).toThrow(message);
  });
});

describe('what ends a loop', () => {
  const [steps, sum] = [value('steps'), value('sum')];
  /** A loop that carries a counter and a sum of what it reads around it, and ends by one of them. */
  const looping = (ends: 'counter' | 'sum' | 'around', starts: 'x' | 'zero' = 'zero'): Graph => {
    const b = startGraph('net');
    const zero = b.constant(scalar(0));
    const inner = startGraph('body');
    const next = inner.add('steps', 1);
    const more = inner.add('sum', ends === 'around' ? 'h' : starts);
    const go = inner.greater(ends === 'counter' ? next : more, 3);
    const carried = [
      { name: 'i', type: 'int64' as const },
      { name: 'go', type: 'bool' as const },
      steps,
      sum,
    ];
    const outputs = [{ name: go, type: 'bool' as const }, value(next), value(more)];
    const body = { ...inner.finish(carried, outputs), opsets: {} };
    const h = b.relu('x');
    b.emit('Identity', [h], {}, 'h');
    const y = b.emit('Loop', ['', '', zero, starts === 'x' ? 'x' : zero], {
      body: { kind: 'graph', value: body },
    });
    return b.finish([value('x')], [value(y)]);
  };

  it.each<[string, Graph, boolean]>([
    ['is a counter, whatever is carried beside it', looping('counter', 'x'), false],
    ['is what it makes of nothing but constants', looping('sum'), false],
    ['is what samples give it to begin with', looping('sum', 'x'), true],
    ['is what it reads of samples around it', looping('around'), true],
  ])('%s', (_, graph, joined) => {
    expect(joinsSamples(graph)).toEqual(
      joined ? expect.stringMatching(/^operator 'Loop' .*ends at once/) : undefined,
    );
  });
});
