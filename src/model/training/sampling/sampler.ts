import type { Random } from '../../../base/random.js';
import type { Sample } from '../../../data/sample.js';

/** Which samples an epoch shows. To add one, export a value of this type and list it in the index. */
export interface Sampler {
  readonly name: string;
  readonly doc: string;
  /** As many samples as there are, in any order; those drawn again have an id of their own. */
  draw(samples: readonly Sample[], random: Random): readonly Sample[];
}
