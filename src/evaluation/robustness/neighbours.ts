import { integer, number } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint } from '../../base/run.js';
import { faintNote, isFaint } from '../../tensor/faint.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Score, Scored } from '../metric/metric.js';
import { withoutMask } from '../metric/shared.js';

export const neighbourOptions = {
  samples: integer({ doc: 'number of changed inputs', default: 10, min: 1 }),
  radius: number({ doc: 'maximum change of an input value', default: 0.02, min: 1e-9 }),
};

/** Declarations shared by all robustness metrics. */
export const robustness = {
  category: 'robustness',
  direction: 'lower',
  range: [0, Infinity],
  reads: 'signed',
  ties: 'there are none: distances are measured',
  undefinedFor: withoutMask,
  needs: ['explain'],
  invariantTo: ['scale', 'shift', 'monotone'],
} as const;

/** A changed input and its map. */
export interface Neighbour {
  readonly input: Tensor;
  readonly map: Tensor;
}

/** The map of the sample's input by the same method, and those of changed inputs. */
export interface Neighbourhood {
  readonly own: Tensor;
  readonly others: readonly Neighbour[];
}

/** Explains inputs with uniform noise within the radius added. */
export function explainNeighbours(
  scored: Scored,
  { samples, radius }: { readonly samples: number; readonly radius: number },
): Promise<Neighbourhood> {
  const random = seededRandom(scored.seed).fork('neighbours');
  const { data, shape } = inputOf(scored);
  const noisy = Array.from({ length: samples }, () => ({
    data: data.map((v) => v + radius * (2 * random.uniform() - 1)),
    shape,
  }));
  return explainInputs(scored, noisy);
}

/** The note of a radius that hardly changes the sample's input, for scores that grow with it. */
export const onRadius = (scored: Scored, radius: number): Pick<Score, 'note'> =>
  isFaint(radius, inputOf(scored).data) ? { note: faintNote(`the radius of ${radius}`, 'radius') } : {};

/** Explains the sample's input and other inputs of its shape. */
export async function explainInputs(scored: Scored, inputs: readonly Tensor[]): Promise<Neighbourhood> {
  const { explain, target, run } = scored;
  if (explain === undefined || target === undefined) {
    throw new Error('a metric explains again, which it did not declare as needed');
  }
  const own = await explain(inputOf(scored), target);
  const others: Neighbour[] = [];
  for (const input of inputs) {
    await checkpoint(run);
    others.push({ input, map: await explain(input, target) });
  }
  return { own, others };
}

export function inputOf({ input }: Scored): Tensor {
  if (input === undefined) throw new Error('a metric read an input that it did not declare as needed');
  return input;
}
