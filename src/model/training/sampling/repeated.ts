import type { Sample } from '../../../data/sample.js';

/**
 * A sample that an epoch shows again, in its round `round`, with another id: it is changed at random for
 * itself. Its image is still read only when it is asked for.
 */
export const repeated = (sample: Sample, round: number): Sample =>
  round === 0 ? sample : Object.create(sample, { id: { value: `${sample.id}#${round}`, enumerable: true } });
