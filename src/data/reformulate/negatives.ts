import { choice, number } from '../../base/options.js';
import type { Random } from '../../base/random.js';
import type { Counter } from './counts.js';
import type { Recipe } from './reformulation.js';

export const negativesOptions = {
  negatives: choice(['all', 'balanced', 'ratio', 'hard'], {
    doc: 'Choice of negatives: all; as many as positives; `ratio` times as many; or all that show another finding.',
    default: 'all',
  }),
  ratio: number({ doc: 'With negatives=ratio: negatives per positive.', min: 0, default: 1 }),
};

export interface Candidate {
  readonly recipe: Recipe;
  readonly showsOther: boolean;
}

/** Draws negatives. The draw depends only on the seed and each sample's id, not on the archive's order. */
export function chooseNegatives(
  candidates: readonly Candidate[],
  positives: number,
  { negatives, ratio }: { negatives: string; ratio: number },
  random: Random,
  counter: Counter,
): ReadonlySet<Recipe> {
  const chosen = pick();
  counter.add('negatives left out', candidates.length - chosen.length);
  return new Set(chosen.map(({ recipe }) => recipe));

  function pick(): readonly Candidate[] {
    if (negatives === 'all') return candidates;
    if (negatives === 'hard') return candidates.filter(({ showsOther }) => showsOther);
    const wanted = Math.round(positives * (negatives === 'ratio' ? ratio : 1));
    if (wanted > candidates.length) counter.add('negatives missing', wanted - candidates.length);
    const drawn = candidates.map((c) => ({ c, draw: random.fork(c.recipe.id).uniform() }));
    return drawn
      .sort((a, b) => a.draw - b.draw)
      .slice(0, wanted)
      .map(({ c }) => c);
  }
}
