import type { Engine } from '../engine/engine.js';
import { arrays, isFloat } from '../graph/elements.js';
import type { Constant, Graph, Value } from '../graph/graph.js';
import type { Shapes, ValueShape } from '../graph/shapes.js';
import { sizeOf } from '../tensor/tensor.js';

/**
 * The shape and batch axis of every value: each is marked as an output, and the graph is run with a batch of one and
 * of two. What differs is the batch axis.
 */
export async function probe(
  graph: Graph,
  input: Value,
  shape: readonly number[],
  engine: Engine,
): Promise<Shapes> {
  const values = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  const outputs = values.map((name): Value => ({ name, type: 'float32' }));
  const program = await engine.compile({ ...graph, outputs });
  const at = async (batch: number) => program.run({ [input.name]: blank(input, [batch, ...shape]) });
  const [one, two] = [await at(1), await at(2)];
  await program.dispose();
  const shapes = new Map<string, ValueShape>();
  for (const [name, { shape: dims, type }] of graph.initializers) shapes.set(name, { dims, type });
  shapes.set(input.name, { dims: [1, ...shape], batchAxis: 0, type: input.type });
  for (const name of values) {
    const { shape: dims, type } = one[name]!;
    const axis = dims.findIndex((length, i) => length !== two[name]!.shape[i]);
    shapes.set(name, axis < 0 ? { dims, type } : { dims, type, batchAxis: axis });
  }
  return shapes;
}

function blank({ type }: Value, shape: readonly number[]): Constant {
  const data = new arrays[type](sizeOf(shape));
  if (isFloat(type)) data.fill(0.5 as never);
  return { type, data, shape };
}
