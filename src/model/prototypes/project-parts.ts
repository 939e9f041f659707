import { extend } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { PhaseContext } from '../recipe.js';
import { partBox } from './boxes.js';
import { strongestPlace } from './nearest.js';
import { partScores } from './part-head.js';
import { metadataOf, type PartNetwork, type Patch } from './prototype.js';
import { trainingValues } from './training-values.js';

/**
 * Notes for each prototype the patch of the training images in which it is most present, a square of `side`
 * pixels, and lets the network count no presence below 0.1 from now on (Nauta et al. 2023).
 */
export async function projectParts(
  graph: Graph,
  given: PartNetwork,
  side: number,
  context: PhaseContext,
): Promise<Graph> {
  const [, height, width] = context.task.inputShape;
  const best: (Patch & { value: number })[] = [];
  for await (const { samples, values } of trainingValues(graph, [given.maps], 'prototypes', context)) {
    const { data, shape } = values[0]!;
    const [, count, rows, columns] = shape as [number, number, number, number];
    const area = sizeOf(shape.slice(2));
    for (const [n, { id, patient }] of samples.entries())
      for (let p = 0; p < count; p++) {
        const map = data.subarray((n * count + p) * area, (n * count + p + 1) * area);
        const { row, column, value } = strongestPlace({ data: map, shape: [rows, columns] });
        if (value <= (best[p]?.value ?? 0)) continue;
        const box = partBox({ row, column, rows, columns }, height, width, side);
        best[p] = { image: id, patient, row, column, box, value };
      }
  }
  const prototypes = best.map(({ value: _, ...patch }) => ({ patch }));
  const trunk = withoutUnused({ ...graph, outputs: [{ name: given.presence, type: 'float32' }] });
  const weights = graph.initializers.get(given.weights)!;
  const builder = extend({
    ...trunk,
    initializers: new Map([...trunk.initializers, [given.weights, weights]]),
  });
  const logits = partScores(builder, given.presence, true);
  const whole = builder.finish(graph.inputs, [{ ...graph.outputs[0]!, name: logits }]);
  return { ...whole, metadata: { ...graph.metadata, ...metadataOf({ ...given, prototypes }) } };
}
