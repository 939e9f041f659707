import type { Sample } from '../../data/sample.js';
import type { Graph } from '../../graph/graph.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import type { PhaseContext } from '../recipe.js';
import { type Boxes, drawBox } from './drawn-box.js';
import { distancesTo, nearer, nearestPlaces, type Place } from './nearest.js';
import type { Compared, Patch } from './prototype.js';
import { trainingValues } from './training-values.js';

/** A prototype that became a patch of a training image: the feature vector there, and the patch. */
export interface Projected {
  readonly vector: Float32Array;
  readonly patch: Patch;
}

/**
 * For each prototype the feature vector of a training image that is nearest to it, among the images that it
 * may be projected on; undefined where there is none.
 */
export async function nearestPatches(
  graph: Graph,
  { distances, features }: Compared,
  allows: (prototype: number, label: number) => boolean,
  { active, boxes }: Drawn,
  context: PhaseContext,
): Promise<readonly (Projected | undefined)[]> {
  let best: readonly (Found | undefined)[] = [];
  for await (const { samples, values } of trainingValues(
    graph,
    [distances, features],
    'projection',
    context,
  )) {
    const labels = samples.map(({ labels: [label] }) => label!);
    best = nearestPlaces(values[0]!, labels, allows).map((place, p) => {
      const now = nearer(best[p], place);
      if (!place || now === best[p]) return best[p];
      const own = rows(values[1]!, place.image, place.image + 1);
      const kept = { data: own.data.slice(), shape: own.shape.slice(1) };
      return { ...place, sample: samples[place.image]!, features: kept };
    });
  }
  const [, height, width] = context.task.inputShape;
  const box = drawBox(boxes, active, graph, features, height, width);
  return best.map((found) => found && projected(found, box));
}

/** How the patch of a prototype gets its box. */
export interface Drawn {
  /** The similarity of a distance. */
  readonly active: (distance: number) => number;
  readonly boxes: Boxes;
}

interface Found extends Place {
  readonly sample: Sample;
  /** The features `[D, H, W]` of the image. */
  readonly features: Tensor;
}

function projected({ sample, row, column, features }: Found, drawn: ReturnType<typeof drawBox>): Projected {
  const [depth, rows, columns] = features.shape as [number, number, number];
  const at = (d: number) => (d * rows + row) * columns + column;
  const vector = Float32Array.from({ length: depth }, (_, d) => features.data[at(d)]!);
  const box = drawn(distancesTo(vector, features), { row, column, rows, columns });
  return { vector, patch: { image: sample.id, patient: sample.patient, row, column, box } };
}
