/**
 * The prototypes to keep: those of whose nearest images (`nearest[p]` are the classes of the nearest, one for
 * each image) at least `fewest` have their own class (Chen et al. 2019, arXiv:1806.10574). A class that would
 * lose all keeps the one with most.
 */
export function keptPrototypes(
  nearest: readonly (readonly number[])[],
  owners: readonly number[],
  fewest: number,
): number[] {
  const own = nearest.map((classes, p) => classes.filter((k) => k === owners[p]).length);
  const best = new Map<number, number>();
  for (const [p, k] of owners.entries()) if (own[p]! > (own[best.get(k) ?? -1] ?? -1)) best.set(k, p);
  return owners.flatMap((k, p) => (own[p]! >= fewest || best.get(k) === p ? [p] : []));
}
