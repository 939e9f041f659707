import { expect, it } from 'vitest';
import { startGraph } from './builder.js';
import { inOrder, readersOf } from './order.js';

const value = (name: string) => ({ name, type: 'float32' as const });

/** A choice whose branches read `made` of the values around them, before the node that makes it. */
function unordered() {
  const inner = startGraph('branch');
  const branch = inner.finish([], [value(inner.emit('Exp', ['made'], {}, 'inner'))]);
  const taken = { kind: 'graph', value: branch } as const;
  const b = startGraph('unordered');
  b.emit('If', ['x'], { then_branch: taken, else_branch: taken }, 'y');
  b.emit('Neg', ['x'], {}, 'made');
  return b.finish([value('x')], [value('y')]);
}

it('a node stands behind those that its subgraphs read', () => {
  expect(inOrder(unordered()).nodes.map(({ op }) => op)).toEqual(['Neg', 'If']);
});

it('a node reads what its subgraphs read', () => {
  expect(
    readersOf(unordered())
      .get('made')
      ?.map(({ op }) => op),
  ).toEqual(['If']);
});
