import { seededRandom } from '../../base/random.js';
import type { Engine } from '../../engine/engine.js';
import { int } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { classifierOf, type LoadOptions } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { tensor } from '../../tensor/tensor.js';

const random = seededRandom('heads');
export const weights = (...shape: number[]) =>
  float32(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
export const value = (name: string, shape?: (number | string)[]) => ({
  name,
  type: 'float32' as const,
  shape,
});

/** Four features into scores 's'; `head` makes the file's output 'y' of them. */
export function network(
  classes: number,
  head: (b: Builder, scores: string) => string,
  outputs: readonly Value[] = [value('y')],
): Graph {
  const b = startGraph('net');
  b.emit('MatMul', ['x', b.constant(weights(4, classes))], {}, 's');
  b.alias(head(b, 's'), 'y');
  return b.finish([value('x', ['N', 4])], outputs);
}
export const x = tensor(
  Float32Array.from({ length: 12 }, () => random.normal()),
  [3, 4],
);

export const axis = int(1);
export const softmax = (b: Builder, s: string) => b.emit('Softmax', [s], { axis });
export const sigmoid = (b: Builder, s: string) => b.emit('Sigmoid', [s]);
export const cut = (b: Builder, s: string) =>
  b.emit('Slice', [s, ...[1, 2, 1].map((at) => b.constant(int64([at])))]);
export const one = (b: Builder) => b.constant(float32([1], []));
export const reduced = (b: Builder, op: string, v: string) =>
  b.emit(op, [v, b.constant(int64([1]))], { keepdims: int(1) });

/** Reads networks: as a classifier, and the file's output 'y' as it stands for `x`. */
export function reading(engine: Engine) {
  const load = (graph: Graph, options: LoadOptions = {}) =>
    classifierOf(graph, 'net.onnx', { engine, ...options });
  const own = async (graph: Graph) => predict(await load(graph, { output: 'y' }), x);
  return { load, own };
}
