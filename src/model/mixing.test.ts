import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import type { Builder } from '../graph/builder.js';
import { int64 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { network } from '../testing/networks/scores.js';
import { classifierOf, type LoadOptions } from './load.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const load = (graph: Graph, options: LoadOptions = {}) =>
  classifierOf(graph, 'net.onnx', { engine, ...options });

describe('a model that mixes the samples of a batch is refused, naming the node', () => {
  it.each<[string, string, (b: Builder, s: string) => string]>([
    [
      'means over the batch',
      'ReduceMean',
      (b, s) => b.emit('Sub', [s, b.emit('ReduceMean', [s, b.constant(int64([0]))])]),
    ],
    ['a softmax over the batch', 'Softmax', (b, s) => b.emit('Softmax', [s], { axis: int(0) })],
    [
      'samples that look at each other',
      'MatMul',
      (b, s) =>
        b.emit('MatMul', [b.emit('MatMul', [s, b.emit('Transpose', [s], { perm: ints([1, 0]) })]), s]),
    ],
    ['sums of the samples before', 'CumSum', (b, s) => b.emit('CumSum', [s, b.constant(int64([0], []))])],
    [
      'sums along the batch',
      'ReduceL2',
      (b, s) => b.emit('Div', [s, b.emit('ReduceL2', [s, b.constant(int64([0]))])]),
    ],
  ])('%s', async (_name, op, head) => {
    await expect(load(network(3, head))).rejects.toThrow(
      new RegExp(`^net.onnx: node '.*' \\(${op}\\) mixes the samples of a batch`),
    );
  });
});
