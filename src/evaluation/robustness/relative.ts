import { norm } from '../../tensor/norm.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';
import { type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { explainNeighbours, inputOf, type Neighbour } from './neighbours.js';

/** The least distance that a ratio is taken of. */
const LEAST = 1e-6;

/**
 * The maximum, over changed inputs of the same predicted class, of the norm of the map's relative change,
 * value by value, over a distance of the two inputs.
 */
export async function relativeStability(
  scored: Scored,
  options: { readonly samples: number; readonly radius: number },
  distanceOf: (
    neighbour: Neighbour,
    outputs: readonly [own: Tensor<Floats>, other: Tensor<Floats>],
  ) => number | Promise<number>,
): Promise<Score> {
  const { own, others } = await explainNeighbours(scored, options);
  const output = await scored.predict!(inputOf(scored));
  const ratios: number[] = [];
  for (const neighbour of others) {
    const other = await scored.predict!(neighbour.input);
    if (predicted(other) !== predicted(output)) continue;
    const distance = Math.max(LEAST, await distanceOf(neighbour, [output, other]));
    ratios.push(relativeChange(own, neighbour.map) / distance);
  }
  return ratios.length === 0
    ? undefinedScore('every changed input has another predicted class')
    : { value: Math.max(...ratios) };
}

/** The norm of the change of an array, each value relative to the original one (a zero counts as 1e-6). */
export const relativeChange = (from: Tensor, to: Tensor): number =>
  norm(from.data.map((value, i) => (value - to.data[i]!) / (value === 0 ? LEAST : value)));

/** The index of the greatest output; of one output, its side of zero. */
function predicted({ data }: Tensor<Floats>): number {
  if (data.length === 1) return data[0]! > 0 ? 1 : 0;
  return data.indexOf(Math.max(...data));
}
