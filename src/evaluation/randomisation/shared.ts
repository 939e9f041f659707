import type { Tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { readSign, type Sign } from '../metric/reading.js';
import { withoutMask } from '../metric/shared.js';
import { byMagnitude } from '../metric/similarity.js';

/** Declarations shared by all randomisation metrics. */
export const randomisation = {
  category: 'randomisation',
  direction: 'lower',
  range: [-1, 1],
  reads: 'absolute',
  undefinedFor: withoutMask,
} as const;

/** What is explained instead of the sample. */
interface Other {
  readonly input?: Tensor;
  readonly target?: number;
  readonly change?: Parameters<NonNullable<Scored['explain']>>[2];
}

/** Explains the sample, or something else by the same method; the map is scaled by its greatest magnitude. */
export async function explainAgain(scored: Scored, sign: Sign, other: Other = {}): Promise<Tensor> {
  const { explain } = scored;
  const [input, target] = [other.input ?? scored.input, other.target ?? scored.target];
  if (!explain || !input || target === undefined) {
    throw new Error('a metric explains again, which it did not declare as needed');
  }
  const map = await explain(input, target, other.change);
  return byMagnitude(readSign(map, sign));
}
