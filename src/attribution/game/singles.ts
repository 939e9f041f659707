import { type Classifier, imageShape } from '../../model/classifier.js';
import { overPatches, patchPlan } from '../incremental/index.js';
import type { Box } from '../incremental/regions.js';
import type { GameRules, Write } from './rules.js';
import type { Segmentation } from './segments.js';

/** The values that were found, by the number of their coalition. */
type Found = ReadonlyMap<number, number>;

/**
 * A way to find the values of coalitions that lack one player, or that are one player alone: only what the
 * player's box can change is computed, for all players at once. It leaves out those that are asked for of
 * fewer than half of the players. `undefined` where players share pixels or have some of a channel only, or
 * where it would be no faster.
 */
export function singles(rules: GameRules): ((count: number, write: Write) => Promise<Found>) | undefined {
  const { model, image, baseline, segmentation, value, run, label } = rules;
  const { players } = segmentation;
  const areas = areasOf(segmentation, model);
  const plan = areas && patchPlan({ model, boxes: areas.boxes });
  if (!areas || !plan) return undefined;
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
        ...{ model, input, baseline: contents, ...areas, run, label },
        take(_, player, outputs) {
          values[player] = value(outputs);
        },
      });
      for (const [index, player] of asked) found.set(index, values[player]!);
    }
    return found;
  };
}

/** The player of each pixel and the box around each; `undefined` where a pixel has another number of them. */
function areasOf({ players, parts, members }: Segmentation, model: Classifier) {
  if (model.input.layout === 'other') return undefined;
  const { height, width } = imageShape(model);
  if (parts.data.length !== height * width) return undefined;
  if (members.length !== players || members.some((own) => own.length !== 1)) return undefined;
  const data = parts.data.map((part) => members[part]![0]!);
  const boxes = Array.from({ length: players }, () => ({ top: height, left: width, bottom: 0, right: 0 }));
  for (const [pixel, player] of data.entries()) {
    const box = boxes[player]!;
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    box.top = Math.min(box.top, y);
    box.left = Math.min(box.left, x);
    box.bottom = Math.max(box.bottom, y + 1);
    box.right = Math.max(box.right, x + 1);
  }
  return {
    parts: { data, shape: [1, height, width] },
    boxes: boxes.map(
      ({ top, left, bottom, right }): Box => [
        [top, bottom],
        [left, right],
      ],
    ),
  };
}
