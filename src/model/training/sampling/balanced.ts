import { groupBy } from '../../../base/groups.js';
import { permutation } from '../../../base/random.js';
import type { Sample } from '../../../data/sample.js';
import { repeated } from './repeated.js';
import type { Sampler } from './sampler.js';

/**
 * Each combination of labels gets an equal share of the draws; within it, no sample is drawn again before all
 * others were. A repeated sample is changed at random for itself, since its id is another.
 */
export const balanced: Sampler = {
  name: 'balanced',
  doc: 'takes as many of each class, the rare ones again and again',
  draw(samples, random) {
    const groups = [...groupBy(samples, ({ labels }) => labels.join()).entries()];
    return groups.flatMap(([key, group], index) => {
      const at = (i: number) => Math.round((i * samples.length) / groups.length);
      const rounds: Sample[] = [];
      const own = random.fork(key);
      for (let round = 0; rounds.length < at(index + 1) - at(index); round++) {
        for (const i of permutation(own, group.length)) {
          rounds.push(repeated(group[i]!, round));
        }
      }
      return rounds.slice(0, at(index + 1) - at(index));
    });
  },
};
