import { expect, it } from 'vitest';
import { startGraph } from '../../graph/builder.js';
import { withoutUnused } from '../../graph/tidy.js';
import { factor } from './factor.js';

const inputs = ['a', 'b', 'c'].map((name) => ({ name, type: 'float32' as const, shape: ['N'] }));
const output = { name: 'out', type: 'float32' as const };

it('factors out a value that two products share', () => {
  const b = startGraph('products');
  b.emit('Add', [b.emit('Mul', ['a', 'b']), b.emit('Mul', ['c', 'a'])], {}, 'out');
  const { nodes } = withoutUnused(factor(b.finish(inputs, [output])));
  expect(nodes.map(({ op }) => op)).toEqual(['Add', 'Mul']);
  expect(nodes[0]!.inputs).toEqual(['b', 'c']);
  expect(nodes[1]!.inputs).toEqual(['a', nodes[0]!.outputs[0]]);
});

it('keeps a product with another reader', () => {
  const b = startGraph('products');
  const product = b.emit('Mul', ['a', 'b']);
  b.emit('Add', [product, b.emit('Mul', ['c', 'a'])], {}, 'out');
  b.alias(product, 'other');
  const graph = b.finish(inputs, [output, { ...output, name: 'other' }]);
  expect(factor(graph).nodes).toEqual(graph.nodes);
});
