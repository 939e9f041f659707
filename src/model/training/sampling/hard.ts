import { permutation } from '../../../base/random.js';
import type { Sample } from '../../../data/sample.js';
import { repeated } from './repeated.js';
import type { Sampler } from './sampler.js';

/** The share of an epoch's places that go to hard samples, and the share of samples that are hard. */
const [PLACES, HARD] = [0.5, 0.25];

/**
 * Half of the places go to the quarter of samples with the greatest losses, in turns, the others to all
 * samples at random; a first epoch takes each once. Hard negatives are mostly among them (after Shrivastava,
 * Gupta, Girshick 2016, arXiv:1604.03540, who take the hardest regions of each image alone).
 */
export const hard: Sampler = {
  name: 'hard',
  doc: 'gives half of the places to the quarter that the network so far tells worst, such as hard negatives',
  byLoss: true,
  draw(samples, random, losses) {
    if (!losses) return samples;
    const order = samples.map((_, n) => n).sort((a, b) => losses[b]! - losses[a]!);
    const hardest = order.slice(0, Math.ceil(HARD * samples.length)).map((n) => samples[n]!);
    const many = Math.round(PLACES * samples.length);
    const others = [...permutation(random.fork('others'), samples.length)].slice(many);
    const turns = Array.from({ length: many }, (_, i) => hardest[i % hardest.length]!);
    const shown = new Map<Sample, number>();
    return [...others.map((n) => samples[n]!), ...turns].map((sample) => {
      const round = shown.get(sample) ?? 0;
      shown.set(sample, round + 1);
      return repeated(sample, round);
    });
  },
};
