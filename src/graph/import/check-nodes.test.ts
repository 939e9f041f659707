import { describe, expect, it } from 'vitest';
import { startGraph } from '../builder.js';
import type { Graph, Node } from '../graph.js';
import { checkNodes } from './check-nodes.js';

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
