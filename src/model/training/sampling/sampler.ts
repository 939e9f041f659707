import type { Random } from '../../../base/random.js';
import type { Sample } from '../../../data/sample.js';

/** Which samples an epoch shows. To add one, export a value of this type and list it in the index. */
export interface Sampler {
  readonly name: string;
  readonly doc: string;
  /** Whether it reads how well the network so far tells each sample. */
  readonly byLoss?: boolean;
  /**
   * As many samples as there are, in any order; those drawn again have an id of their own. `losses` are those
   * of the samples, where the sampler reads them and an epoch came before.
   */
  draw(samples: readonly Sample[], random: Random, losses?: readonly number[]): readonly Sample[];
}
