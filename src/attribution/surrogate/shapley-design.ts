import { seededRandom } from '../../base/random.js';
import { drawnBy, ofSize, subsets } from './subsets.js';

/** Pairs of complementary coalitions for a regression under the Shapley kernel. */
export interface ShapleyDesign {
  readonly units: number;
  /** The pairs before this one are enumerated; the others are drawn. */
  readonly fixed: number;
  /** The weight of each coalition of an enumerated pair. */
  weight(unit: number): number;
  /** The weight that all drawn coalitions share. */
  readonly left: number;
  draw(unit: number, index: number, presence: Float32Array): void;
}

/**
 * Spends `samples` coalitions as SHAP's KernelExplainer does: sizes from the outside in (1 and n - 1, 2 and
 * n - 2, ..) are enumerated while random draws would cover them anyway; the rest is drawn by the kernel.
 */
export function shapleyDesign(players: number, samples: number, seed: number): ShapleyDesign {
  const half = Math.floor(players / 2);
  // The kernel's share of size s together with n - s.
  const raw = Array.from({ length: half }, (_, i) => pairWeight(i + 1, players));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const shares = raw.map((weight) => weight / total);
  const enumerated: { readonly set: readonly number[]; readonly weight: number }[] = [];
  let full = 0;
  for (let left = samples; full < half; full++) {
    const size = full + 1;
    const middle = 2 * size === players;
    const count = choose(players, size) / (middle ? 2 : 1);
    const remaining = shares.slice(full).reduce((sum, share) => sum + share, 0);
    if ((left * shares[full]!) / remaining < 2 * count * (1 - 1e-8)) break;
    for (const set of subsets(players, size)) {
      // Of the middle size each pair is met twice.
      if (middle && set[0] !== 0) break;
      enumerated.push({ set, weight: shares[full]! / (2 * count) });
    }
    left -= 2 * count;
  }
  const fixed = enumerated.length;
  const rest = shares.slice(full);
  const sizes = drawnBy(rest, full + 1);
  return {
    units: full === half ? fixed : Math.max(fixed + 1, Math.floor(samples / 2)),
    fixed,
    weight: (unit) => enumerated[unit]!.weight,
    left: rest.reduce((sum, share) => sum + share, 0),
    draw(unit, index, presence) {
      if (unit < fixed) {
        presence.fill(0);
        for (const player of enumerated[unit]!.set) presence[player] = 1;
      } else {
        const random = seededRandom(`${seed}/coalition/${unit}`);
        ofSize(sizes(random.uniform()), random, presence);
      }
      if (index === 1) for (let i = 0; i < players; i++) presence[i] = 1 - presence[i]!;
    },
  };
}

const pairWeight = (size: number, players: number) =>
  ((players - 1) / (size * (players - size))) * (2 * size === players ? 1 : 2);

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}
