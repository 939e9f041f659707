import { permutation, type Random } from '../../base/random.js';

/** Fills `presence` with a random coalition of `size` players. */
export function ofSize(size: number, random: Random, presence: Float32Array): void {
  presence.fill(0);
  const order = permutation(random, presence.length);
  for (let i = 0; i < size; i++) presence[order[i]!] = 1;
}

/**
 * A size from 1 to players - 1 for a uniform number, with the probability that the Shapley kernel gives it.
 */
export function sizesOf(players: number): (uniform: number) => number {
  const weights = Array.from({ length: players - 1 }, (_, i) => 1 / ((i + 1) * (players - i - 1)));
  return drawnBy(weights, 1);
}

/** For a uniform number an index of `weights`, by their size, plus `first`. */
export function drawnBy(weights: readonly number[], first = 0): (uniform: number) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (uniform) => {
    let left = uniform * total;
    const found = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return first + (found === -1 ? weights.length - 1 : found);
  };
}

/** The subsets of `size` of `players` players, each as its players in ascending order. */
export function* subsets(players: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  else
    for (let first = from; first <= players - size; first++)
      for (const rest of subsets(players, size - 1, first + 1)) yield [first, ...rest];
}
