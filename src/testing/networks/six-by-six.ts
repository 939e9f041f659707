import { seededRandom } from '../../base/random.js';
import type { Engine } from '../../engine/engine.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf } from '../../tensor/tensor.js';

const random = seededRandom('layer');

/** Random weights of a shape. */
export const weights = (b: Builder, ...shape: number[]) =>
  b.constant(
    float32(
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    ),
  );

/** Four maps of the image. */
export const conv = (b: Builder) => b.emit('Conv', ['x', weights(b, 4, 3, 1, 1)]);

/** The means of maps. */
export const pooled = (b: Builder, x: string) => b.emit('Flatten', [b.emit('GlobalAveragePool', [x])]);

/** A value in another shape. */
export const reshape = (b: Builder, x: string, ...lengths: number[]) =>
  b.emit('Reshape', [x, b.constant(int64(lengths))]);

/** A classifier of images `[N, 3, 6, 6]`, whose head reads four numbers. */
export async function network(engine: Engine, body: (b: Builder) => string) {
  const b = startGraph('net');
  b.alias(b.emit('MatMul', [body(b), weights(b, 4, 2)]), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 3, 6, 6])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'net.onnx', { engine });
}
