import { expect, it } from 'vitest';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { takesBytes } from './normalisation.js';

it('a layer of many numbers right behind the input is no rescaling of bytes', () => {
  const b = startGraph('net');
  const size = 300_000;
  b.alias(b.emit('MatMul', ['x', b.constant(float32(new Float32Array(size).fill(0.01), [size, 1]))]), 'y');
  const value = (name: string) => ({ name, type: 'float32' as const });
  expect(takesBytes(b.finish([value('x')], [value('y')]), 'x')).toBe(false);
});
