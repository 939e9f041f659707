import { seededRandom } from '../../base/random.js';
import { ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

const random = seededRandom('axes');
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
export const weights = (...shape: number[]): Constant => float32(normal(sizeOf(shape)), shape);
export const array = (...shape: number[]): Tensor => ({ data: normal(sizeOf(shape)), shape });

/** A network of inputs `[N, ...shape]` into two classes. */
export function networkOf(shape: readonly number[], body: (b: Builder) => string): Graph {
  const b = startGraph('net');
  b.alias(body(b), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  return b.finish([value('x', ['N', ...shape])], [value('y', ['N', 2])]);
}

/** A convolution of 3x3 that keeps the size. */
export const conv = (b: Builder, from: string, channels: number, made: number): string =>
  b.emit('Conv', [from, b.constant(weights(made, channels, 3, 3)), b.constant(weights(made))], {
    pads: ints([1, 1, 1, 1]),
  });
export const relu = (b: Builder, from: string, name?: string): string => b.emit('Relu', [from], {}, name);
export const pooled = (b: Builder, from: string): string =>
  b.emit('Flatten', [b.emit('GlobalAveragePool', [from])]);
export const head = (b: Builder, from: string, channels: number): string =>
  b.emit('MatMul', [from, b.constant(weights(channels, 2))]);
