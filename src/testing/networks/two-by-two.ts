import { afterAll } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf, type LoadOptions } from '../../model/load.js';

/** Two images `[N, 1, 2, 2]`. */
export const input = { data: Float32Array.of(1, 2, 3, 4, -1, -2, 3, 4), shape: [2, 1, 2, 2] };

export const value = (name: string, shape: (number | string)[]) => ({
  ...{ name, shape },
  type: 'float32' as const,
});

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** A model of a graph that a test builds. */
export const modelOf = (
  graph: ReturnType<Builder['finish']>,
  precision = 'float32',
  options: Omit<LoadOptions, 'engine'> = {},
) => classifierOf(graph, 'model', { engine, precision: precision as 'float32', ...options });

/** Explains a network of `middle` on two images, followed by a matrix product. */
export async function explained(
  middle: (x: string, b: Builder) => string,
  method = 'gradient',
  precision = 'float32',
  options = {},
) {
  const b = startGraph('small');
  const flat = b.emit('Flatten', [middle('x', b)]);
  b.emit('MatMul', [flat, b.constant(float32([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]))], {}, 'logits');
  const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('logits', ['N', 2])]);
  return attribute(await modelOf(graph, precision), method, input, [0, 1], options);
}
