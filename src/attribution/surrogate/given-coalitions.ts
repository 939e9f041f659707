import { usageError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Estimate } from '../game/sampled.js';

type Draw = (unit: number, presence: Float32Array) => void;

/** The coalitions that the option `samples` holds, or `drawn` ones. Throws for an array of another kind. */
export function givenOr(
  samples: number | Tensor,
  budget: number | undefined,
  players: number,
  drawn: Draw,
): { readonly draw: Draw; readonly count: number } {
  if (typeof samples === 'number') return { draw: drawn, count: samples };
  if (budget !== undefined) throw usageError("option 'budget' has no effect on given coalitions ('samples')");
  const { data, shape } = samples;
  if (shape.length !== 2 || shape[1] !== players || !data.every((there) => there === 0 || there === 1)) {
    throw usageError(
      `option 'samples' has shape [${shape}]; it takes a number, or coalitions of 0 and 1 in the rows of an array [M,${players}]`,
    );
  }
  return {
    draw: (unit, presence) => presence.set(data.subarray(unit * players, (unit + 1) * players)),
    count: shape[0]!,
  };
}

/** An estimate from given coalitions, of which no seed would draw others. */
export const asGiven = ({ worth, evaluations }: Estimate): Estimate => ({ worth, evaluations });
