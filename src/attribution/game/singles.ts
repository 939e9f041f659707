import { overPatches, patchPlan } from '../incremental/index.js';
import type { GameRules, Write } from './rules.js';

/** The values that were found, by the number of their coalition. */
type Found = ReadonlyMap<number, number>;

/**
 * A way to find the values of coalitions that lack one player, or that are one player alone: only what the
 * player's box can change is computed, for all players at once. It leaves out those that are asked for of
 * fewer than half of the players. `undefined` where players are no boxes, or where it would be no faster.
 */
export function singles(rules: GameRules): ((count: number, write: Write) => Promise<Found>) | undefined {
  const { model, image, baseline, segmentation, value, run, label } = rules;
  const { grid, players } = segmentation;
  const plan = grid && patchPlan({ model, ...grid });
  if (!grid || !plan) return undefined;
  return async (count, write) => {
    const presence = new Float32Array(players);
    const [lacking, alone] = [new Map<number, number>(), new Map<number, number>()];
    for (let index = 0; index < count; index++) {
      write(index, presence);
      const there = presence.reduce((sum, one) => sum + one, 0);
      if (there !== 1 && there !== players - 1) continue;
      const odd = presence.indexOf(there === 1 ? 1 : 0);
      if (odd !== -1 && presence.every((one) => one === 0 || one === 1))
        (there === 1 ? alone : lacking).set(index, odd);
    }
    const found = new Map<number, number>();
    for (const [asked, input, contents] of [
      [lacking, image, baseline],
      [alone, baseline, image],
    ] as const) {
      if (new Set(asked.values()).size < players / 2) continue;
      const values = new Float64Array(players);
      await overPatches(plan, {
        ...{ model, input, baseline: contents, ...grid, run, label },
        take(_, player, outputs) {
          values[player] = value(outputs);
        },
      });
      for (const [index, player] of asked) found.set(index, values[player]!);
    }
    return found;
  };
}
