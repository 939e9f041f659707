import { mean } from '../statistics/bootstrap.js';
import type { MethodScores, Removal } from './rows.js';

/**
 * What each metric that replaces pixels measures of the images and of their baselines, the same for all
 * methods; a metric whose baseline is the method's own is left out. `scored` holds the scores of each method
 * by metric.
 */
export function removalsOf(scored: readonly Readonly<Record<string, MethodScores>>[]): Removal[] {
  const metrics = new Set(scored.flatMap((byMetric) => Object.keys(byMetric)));
  return [...metrics].flatMap((metric) => {
    const lists = scored.flatMap((byMetric) => byMetric[metric]?.scores ?? []);
    const count = scored[0]?.[metric]?.scores.length ?? 0;
    // A map that is flat has no score: another method's then tells.
    const found = Array.from({ length: count }, (_, image) =>
      lists.find(({ compared }, i) => i % count === image && compared !== undefined),
    );
    const ends = found.flatMap((one) => one?.compared ?? []);
    const differs = lists.some(({ compared }, i) => {
      const shared = found[i % count]?.compared?.baseline;
      return compared !== undefined && Math.abs(compared.baseline - shared!) > 1e-6;
    });
    if (ends.length === 0 || differs) return [];
    return {
      metric,
      input: mean(ends.map(({ input }) => input)),
      baseline: mean(ends.map(({ baseline }) => baseline)),
      images: ends.length,
      kept: found.filter((one) => one?.compared?.remains).length,
    };
  });
}
