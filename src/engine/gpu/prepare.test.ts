import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { type Attributes, float, int, ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, numbers } from '../../graph/elements.js';
import type { ElementType, Graph } from '../../graph/graph.js';
import { dataTypes } from '../../graph/schema.js';
import { sizeOf } from '../../tensor/tensor.js';
import { onnxRuntime } from '../onnxruntime.js';
import { fallbacks } from './fallbacks.js';
import { prepareFor } from './prepare.js';

const cpu = onnxRuntime();
afterAll(() => cpu.dispose());

const random = seededRandom('prepare');
const drawn = (shape: readonly number[]) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );

/** One node that reads `x`, and weights where their shape is given. */
function single(op: string, attributes: Attributes, weights?: readonly number[]): Graph {
  const b = startGraph(op);
  b.emit(op, weights ? ['x', b.constant(drawn(weights))] : ['x'], attributes, 'y');
  return b.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }]);
}

const transposed = (pads: number[]): Attributes => ({
  pads: ints(pads),
  strides: ints([2, 2]),
  kernel_shape: ints([3, 3]),
});

describe('a graph prepared for a GPU computes the same, and only there', () => {
  it.each([
    ['webgpu', 'LRN', single('LRN', { size: int(3), alpha: float(0.3), bias: float(2) })],
    ['webgpu', 'Sign', single('Sign', {})],
    [
      'cuda',
      'ConvTranspose padded more before',
      single('ConvTranspose', transposed([1, 1, 0, 0]), [5, 4, 3, 3]),
    ],
    [
      'cuda',
      'ConvTranspose padded more behind',
      single('ConvTranspose', transposed([0, 1, 2, 1]), [5, 4, 3, 3]),
    ],
  ] as const)('%s: %s', async (provider, _, graph) => {
    const x = drawn([2, 5, 6, 7]);
    const prepared = prepareFor[provider](graph);
    const [want, got] = await Promise.all(
      [graph, prepared].map(async (one) => (await (await cpu.compile(one)).run({ x })).y!),
    );
    expect(got!.shape).toEqual(want!.shape);
    for (const [i, value] of numbers(got!).entries()) expect(value).toBeCloseTo(numbers(want!)[i]!, 5);
    expect(fallbacks(graph, provider)).toEqual([]);
  });
});

describe('fallbacks', () => {
  it('names an operator that the provider lacks', () => {
    expect(fallbacks(single('Round', {}), 'webgpu').map(({ op }) => op)).toEqual(['Round']);
    expect(fallbacks(single('Round', {}), 'cuda')).toEqual([]);
  });

  it('names an operator whose types the provider lacks', () => {
    const to = (type: ElementType) => single('Cast', { to: int(dataTypes[type]) });
    expect(fallbacks(to('float64'), 'webgpu')).toHaveLength(1);
    expect(fallbacks(to('int32'), 'webgpu')).toEqual([]);
  });

  it('lets lengths be computed on the CPU', () => {
    const b = startGraph('lengths');
    const length = b.emit('Cast', [b.shapeOf('x')], { to: int(dataTypes.float32) });
    b.mul('x', length);
    const graph = b.finish([{ name: 'x', type: 'float32' }], []);
    expect(fallbacks(graph, 'webgpu')).toEqual([]);
  });
});
