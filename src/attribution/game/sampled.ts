import { inSlices, type Sliced } from '../../base/in-slices.js';
import { checkpoint, quietly } from '../../base/run.js';
import { pearson } from '../../tensor/correlation.js';
import { extent } from '../../tensor/quantile.js';
import type { Convergence } from '../method.js';
import type { Game } from './game.js';

/**
 * A method that draws coalitions and estimates from their values what each player is worth. Draws are pure
 * functions of their number, so that they can be made again instead of kept.
 */
export interface Sampler {
  /** The number of coalitions of one unit: those that are drawn together. */
  readonly unit: number;
  /** The units before this one are no random draws. */
  readonly fixed?: number;
  /** Writes the presence of each player in a coalition of a unit. */
  draw(unit: number, index: number, presence: Float32Array): void;
  /** The worth of each player, from the values of the coalitions of some units. */
  estimate(values: Values, units: readonly number[]): Float64Array | Sliced<Float64Array>;
}

export type Values = (unit: number, index: number) => number;

export interface Estimate {
  /** The worth of each player. */
  readonly worth: Float64Array;
  /** The coalitions that were evaluated. */
  readonly evaluations: number;
  readonly convergence?: Convergence;
}

/** The parts of the delete-a-group jackknife. */
const groups = 10;
/** The units of the first round where a target error may stop the sampling. */
const first = 20;

/**
 * Evaluates `units` units of a sampler on a game. With a target `error` above 0 it stops, after rounds of
 * doubled length, once no player's standard error is greater.
 */
export async function sampled(
  { play, run = quietly }: Game,
  { unit, fixed = 0, draw, estimate }: Sampler,
  { units, error = 0 }: { readonly units: number; readonly error?: number },
): Promise<Estimate> {
  const found = new Float64Array(units * unit);
  const values: Values = (at, index) => found[at * unit + index]!;
  /** Of thousands of players one estimate takes seconds to minutes: the run may stop before and within. */
  const estimated = async (kept: readonly number[], nth: number) => {
    await checkpoint(run);
    const made = estimate(values, kept);
    if (made instanceof Float64Array) return made;
    const all = 1 + estimatesOf(done - fixed);
    const show = (share: number) =>
      step.advance(0, `estimate ${nth} of ${all}, ${Math.floor(100 * share)} %`);
    const step = run.progress.start('estimate', 1);
    const found = await inSlices(made, run, show);
    step.done();
    return found;
  };
  const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);
  let done = 0;
  let convergence: Convergence | undefined;
  for (
    let next = error > 0 ? Math.min(units, fixed + first) : units;
    done < units;
    next = Math.min(units, 2 * next)
  ) {
    const from = done;
    const answers = await play((next - from) * unit, (i, presence) =>
      draw(from + Math.floor(i / unit), i % unit, presence),
    );
    found.set(answers, from * unit);
    done = next;
    convergence = await convergenceOf(estimated, upTo(done), fixed);
    if (convergence?.errors && extent(convergence.errors).high <= error) break;
  }
  return {
    worth: await estimated(upTo(done), 1 + estimatesOf(done - fixed)),
    evaluations: done * unit,
    convergence,
  };
}

/** The number of estimates from which the convergence of so many draws is told. */
const estimatesOf = (drawn: number): number => (drawn <= 0 ? 1 : drawn < 4 ? 0 : Math.min(groups, drawn) + 2);

/**
 * Standard errors by the delete-a-group jackknife and the correlation of the two halves. `undefined` where
 * there are too few draws to tell.
 */
async function convergenceOf(
  estimate: (units: readonly number[], nth: number) => Promise<Float64Array>,
  units: readonly number[],
  fixed: number,
): Promise<Convergence | undefined> {
  const drawn = units.length - fixed;
  if (drawn <= 0) return { errors: Array.from(await estimate(units, 1), () => 0), stability: 1 };
  if (drawn < 4) return undefined;
  const count = Math.min(groups, drawn);
  let made = 0;
  const keeping = (keep: (draw: number) => boolean) =>
    estimate(
      units.filter((u) => u < fixed || keep(u - fixed)),
      ++made,
    );
  const without: Float64Array[] = [];
  for (let group = 0; group < count; group++) without.push(await keeping((draw) => draw % count !== group));
  const errors = Array.from(without[0]!, (_, player) => {
    const mean = without.reduce((sum, one) => sum + one[player]!, 0) / count;
    const squares = without.reduce((sum, one) => sum + (one[player]! - mean) ** 2, 0);
    return Math.sqrt(((count - 1) / count) * squares);
  });
  const even = await keeping((draw) => draw % 2 === 0);
  const odd = await keeping((draw) => draw % 2 === 1);
  return { errors, stability: stabilityOf(even, odd) };
}

/** The correlation with another seed's estimate, expected from the estimates of two halves of the draws. */
export function stabilityOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const agreement = pearson(one, other);
  return Number.isNaN(agreement) ? 1 : (2 * agreement) / (1 + Math.abs(agreement));
}
