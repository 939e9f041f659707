import { describe, expect, it } from 'vitest';
import { ints } from './attributes.js';
import { startGraph } from './builder.js';
import { float32 } from './elements.js';
import { producersOf } from './order.js';
import { twinsIn } from './twins.js';

const b = startGraph('twins');
const numbered = (value: number, name: string) => b.constant(float32([value], [1]), name);
const scaled = (by: string) => b.emit('Exp', [b.emit('Mul', ['x', by])]);
const [once, again, other] = [numbered(2, 'two'), numbered(2, 'again'), numbered(3, 'three')].map(scaled);
const sums = [[1], [1], [2]].map((axes) => b.emit('ReduceSumSquare', ['x'], { axes: ints(axes) }));
const [left, right] = b.emitAll('Split', ['x'], 2);
const kept = b.emit('Identity', ['x']);
const graph = b.finish([], []);
const producers = producersOf(graph);

describe('values that a file computes twice', () => {
  const twins = twinsIn(graph, producers, { depth: 2 });

  it('are alike where operators, attributes and constants are', () => {
    expect(twins(once!, again!)).toBe(true);
    expect(twins(sums[0]!, sums[1]!)).toBe(true);
  });

  it('differ by a constant, an attribute, or the output of a node', () => {
    expect(twins(once!, other!)).toBe(false);
    expect(twins(sums[0]!, sums[2]!)).toBe(false);
    expect(twins(left!, right!)).toBe(false);
    expect(twins('x', 'y')).toBe(false);
  });

  it('count as different beyond the depth that is asked', () => {
    expect(twinsIn(graph, producers, { depth: 1 })(once!, again!)).toBe(false);
  });

  it('are compared by what stands for them', () => {
    const source = (value: string) => (value === kept ? 'x' : value);
    expect(twins(kept, 'x')).toBe(false);
    expect(twinsIn(graph, producers, { depth: 0, source })(kept, 'x')).toBe(true);
  });
});
