import type { Random } from '../../base/random.js';
import type { Group } from './groups.js';

/**
 * Assigns groups to parts of the given fractions so that each part gets its share of every class: iterative
 * stratification (Sechidis, Tsoumakas & Vlahavas 2011, doi:10.1007/978-3-642-23808-6_10), of groups instead
 * of single samples. Groups with rare classes come first; each goes to the part with the largest deficit of
 * its classes. Returns the part index of each group.
 */
export function dealt(groups: readonly Group[], fractions: readonly number[], random: Random): number[] {
  const sizes = groups.map((group) => classSizes(group));
  const totals = new Map<number, number>();
  for (const size of sizes) for (const [c, n] of size) totals.set(c, (totals.get(c) ?? 0) + n);
  const lacking = fractions.map((fraction) => new Map([...totals].map(([c, n]) => [c, fraction * n])));
  const rarest = sizes.map((size) => Math.min(...[...size.keys()].map((c) => totals.get(c)!)));
  const draws = groups.map(({ key }) => random.fork(key).uniform());
  const order = groups
    .map((_, g) => g)
    .sort(
      (a, b) =>
        rarest[a]! - rarest[b]! ||
        groups[b]!.members.length - groups[a]!.members.length ||
        draws[a]! - draws[b]!,
    );
  const part = new Array<number>(groups.length).fill(0);
  for (const g of order) {
    const need = lacking.map((of, p) =>
      fractions[p]! > 0 ? gain(sizes[g]!, of, totals) : Number.NEGATIVE_INFINITY,
    );
    const best = need.indexOf(Math.max(...need));
    part[g] = best;
    for (const [c, n] of sizes[g]!) lacking[best]!.set(c, lacking[best]!.get(c)! - n);
  }
  return part;
}

/**
 * Half of the decrease of a part's squared relative error, summed over classes, when it receives the group.
 */
function gain(
  size: ReadonlyMap<number, number>,
  lacking: ReadonlyMap<number, number>,
  totals: ReadonlyMap<number, number>,
): number {
  return [...size].reduce((sum, [c, n]) => sum + ((lacking.get(c)! - n / 2) * n) / totals.get(c)! ** 2, 0);
}

/** Member count per class. Members without a class count as class -1. */
function classSizes({ members }: Group): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (const { labels } of members) {
    for (const c of labels.length > 0 ? labels : [-1]) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  }
  return sizes;
}
