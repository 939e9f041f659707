import type { Random } from '../../base/random.js';
import type { Sample } from '../../data/sample.js';

/**
 * The training images of a share of the patients, rounded up to a whole one. A larger share holds all of a
 * smaller one, so that a learning curve differs by what is added.
 */
export function ofShare(samples: readonly Sample[], share: number, random: Random): readonly Sample[] {
  if (share === 1) return samples;
  const place = new Map(samples.map(({ patient }) => [patient, random.fork(patient).uniform()]));
  const inOrder = [...place.keys()].sort((a, b) => place.get(a)! - place.get(b)! || (a < b ? -1 : 1));
  const kept = new Set(inOrder.slice(0, Math.ceil(share * inOrder.length - 1e-9)));
  return samples.filter(({ patient }) => kept.has(patient));
}
