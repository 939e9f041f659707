import { expect } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import type { Graph } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { sizeOf } from '../../tensor/tensor.js';
import { interpret } from '../reference/interpret.js';

/**
 * Expects a model's outputs to be those of a graph by the reference interpreter. The samples are three, so
 * that no batch of an export is met by chance.
 */
export async function expectLogits(model: Classifier, graph: Graph, tolerance = 1e-4) {
  const random = seededRandom(graph.name);
  const shape = [3, ...model.input.shape];
  const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
  const expected = interpret(graph, { input: { data: Float64Array.from(data), shape } }).get('logits')!;
  const got = await predict(model, { data, shape }, quietly);
  expect(got.shape).toEqual(expected.shape);
  for (const [i, value] of got.data.entries()) {
    expect(Math.abs(value - expected.data[i]!)).toBeLessThan(tolerance * (1 + Math.abs(expected.data[i]!)));
  }
}
