import { describe, expect, it } from 'vitest';
import { startGraph } from '../../graph/builder.js';
import { flattened } from './flattened.js';

/** The operators that compute twice a value of a shape. */
function operators(shape: readonly number[]): string {
  const builder = startGraph('twice');
  const [twice] = flattened(builder, shape, ['x'], ([x]) => [builder.mul(x!, 2)]);
  const value = (name: string) => ({ name, type: 'float32' as const, shape });
  return builder
    .finish([value('x')], [value(twice!)])
    .nodes.map(({ op }) => op)
    .join(' ');
}

describe('elementwise formulas', () => {
  it('see a weight of a 1x1 convolution as one row', () => {
    expect(operators([8, 4, 1, 1])).toBe('Flatten Mul Reshape');
  });

  it('see other weights and vectors as they are', () => {
    expect(operators([8, 4, 3, 3])).toBe('Mul');
    expect(operators([1])).toBe('Mul');
  });
});
