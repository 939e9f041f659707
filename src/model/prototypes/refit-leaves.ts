import { float32, numbers } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { concatenate, type Tensor } from '../../tensor/tensor.js';
import type { PhaseContext } from '../recipe.js';
import { leafShares, normalisedRows } from './leaf-update.js';
import type { PrototypeTree } from './prototype.js';
import { trainingValues } from './training-values.js';
import { treeNames } from './tree-head.js';

/** The tree with leaves that were fitted to all training images in so many passes, its network fixed. */
export async function refitted(
  graph: Graph,
  given: PrototypeTree,
  passes: number,
  context: PhaseContext,
): Promise<Graph> {
  const parts: Tensor[] = [];
  const labels: number[] = [];
  for await (const { samples, values } of trainingValues(graph, [treeNames.arrivals], 'leaves', context)) {
    parts.push(values[0]!);
    labels.push(...samples.map((sample) => sample.labels[0]!));
  }
  const arrivals = concatenate(parts);
  const held = graph.initializers.get(given.leaves)!;
  const powers = Float32Array.from(numbers(held), Math.exp);
  let leaves = normalisedRows({ data: powers, shape: held.shape });
  for (let pass = 0; pass < passes; pass++) leaves = normalisedRows(leafShares(arrivals, leaves, labels));
  const scores = leaves.data.map((value) => Math.log(value + 1e-12));
  const fitted = float32(scores, held.shape);
  return { ...graph, initializers: new Map([...graph.initializers, [given.leaves, fitted]]) };
}
