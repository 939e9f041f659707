import { usageError } from '../../base/errors.js';
import { cite } from '../../base/paper.js';
import { explainGames, gameOptions } from '../game/explain-game.js';
import { FEW, segmentsByDefault } from '../game/segments.js';
import { method } from '../method.js';

export const shapleyExact = method({
  name: 'shapley-exact',
  family: 'perturbation',
  doc: 'The Shapley value of each segment from all coalitions, of at most 16 segments.',
  paper: cite`Shapley (1953). A value for n-person games. doi:10.1515/9781400881970-018`,
  options: { ...gameOptions, segments: segmentsByDefault({ word: 'few' }) },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'Shapley values', async (game) => {
      const { players, full, empty } = game;
      if (players > FEW) {
        throw usageError(
          `option 'segments' makes ${players} segments; shapley-exact takes at most ${FEW}: choose fewer, or shapley-sampling or kernel-shap`,
        );
      }
      const inner = 2 ** players - 2;
      const asked = await game.play(inner, (index, presence) => {
        for (let i = 0; i < players; i++) presence[i] = ((index + 1) >> i) & 1;
      });
      return { worth: shapleyValues([empty, ...asked, full], players), evaluations: inner, efficient: true };
    }),
});

/** Shapley values of a game by the values of its coalitions; bit i of a coalition's index is player i. */
export function shapleyValues(values: readonly number[], players: number): Float64Array {
  // weights[s] = s! (n - s - 1)! / n!, of coalitions of s others.
  const weights = [1 / players];
  for (let s = 1; s < players; s++) weights.push((weights[s - 1]! * s) / (players - s));
  return Float64Array.from({ length: players }, (_, player) => {
    let sum = 0;
    for (let others = 0; others < values.length; others++) {
      if ((others >> player) & 1) continue;
      sum += weights[bits(others)]! * (values[others | (1 << player)]! - values[others]!);
    }
    return sum;
  });
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}
