import { expect } from 'vitest';
import { quietly } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { float32 } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A network of these last nodes, which make `logits` of an `input` [1, 3, 2, 2]. */
export const ending = (nodes: readonly Node[], constants: Readonly<Record<string, Constant>>): Graph => ({
  name: 'mixed',
  opsets: { '': 20 },
  inputs: [{ name: 'input', type: 'float32', shape: [1, 3, 2, 2] }],
  outputs: [{ name: 'logits', type: 'float32' }],
  nodes,
  initializers: new Map(Object.entries(constants)),
  metadata: {},
});

/** Expects of two images what the file gives for each of them, and returns them. */
export async function expectRows(engine: Engine, model: Classifier, graph: Graph): Promise<Tensor> {
  const rows = [0, 1].map((row) => Float32Array.from({ length: 12 }, (_, i) => Math.sin(7 * row + i)));
  const input = { data: Float32Array.from(rows.flatMap((row) => [...row])), shape: [2, 3, 2, 2] };
  const { data: both } = await predict(model, input, quietly);
  const program = await engine.compile(graph);
  const alone = await Promise.all(rows.map((own) => program.run({ input: float32(own, [1, 3, 2, 2]) })));
  const expected = alone.flatMap(({ logits }) => [...(logits!.data as Float32Array)]);
  expect(both).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(both[k]).toBeCloseTo(value, 5);
  return input;
}
