import { inputError } from '../../base/errors.js';
import { integer, number } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint } from '../../base/run.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { withoutMask } from '../metric/shared.js';

export const neighbourOptions = {
  samples: integer({ doc: 'number of changed inputs', default: 10, min: 1 }),
  radius: number({ doc: 'maximum change of an input value', default: 0.02, min: 1e-9 }),
};

/** Euclidean norms of the changes of the map and of the input, and of the unchanged map. */
export interface Move {
  readonly map: number;
  readonly input: number;
  readonly from: number;
}

/** Explains inputs with uniform noise within the radius added. */
export function explainNeighbours(scored: Scored, samples: number, radius: number): Promise<readonly Move[]> {
  const random = seededRandom(scored.seed).fork('neighbours');
  const length = scored.input?.data.length ?? 0;
  const noise = Array.from({ length: samples }, () =>
    Float32Array.from({ length }, () => radius * (2 * random.uniform() - 1)),
  );
  return explainChanged(scored, noise);
}

/** Explains the sample's input plus each of the given changes. */
export async function explainChanged(
  scored: Scored,
  noise: readonly Float32Array[],
): Promise<readonly Move[]> {
  const { explain, input, target, run } = scored;
  if (explain === undefined || input === undefined || target === undefined) {
    throw inputError(
      'a metric that explains again needs the input of the model, its target and the way the map was made',
    );
  }
  const original = await explain(input, target);
  const moves: Move[] = [];
  for (const change of noise) {
    await checkpoint(run);
    const changed: Tensor = { data: input.data.map((v, i) => v + change[i]!), shape: input.shape };
    const map = await explain(changed, target);
    moves.push({
      map: norm(map.data.map((v, i) => v - original.data[i]!)),
      input: norm(changed.data.map((v, i) => v - input.data[i]!)),
      from: norm(original.data),
    });
  }
  return moves;
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}

/** Declarations shared by all robustness metrics. */
export const robustness = {
  category: 'robustness',
  options: neighbourOptions,
  direction: 'lower',
  range: [0, Infinity],
  reads: 'signed',
  ties: 'there are none: distances are measured',
  undefinedFor: withoutMask,
  needs: ['explain'],
  invariantTo: ['scale', 'shift', 'monotone'],
} as const;
