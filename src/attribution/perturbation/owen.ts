import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { extent } from '../../tensor/quantile.js';
import { sizeOf } from '../../tensor/tensor.js';
import { explainGames, gameOptions, type Solution } from '../game/explain-game.js';
import type { Game } from '../game/game.js';
import type { Segmentation } from '../game/segments.js';
import { method } from '../method.js';

export const owen = method({
  name: 'owen',
  family: 'perturbation',
  doc: 'The Owen value of each segment over a tree that halves the image: Shapley values within each pair of halves.',
  paper: cite`Owen (1977). Values of games with a priori unions. doi:10.1007/978-3-642-45494-3_7`,
  options: {
    ...gameOptions,
    budget: integer({
      doc: 'model evaluations; the halves that matter most are divided first, and what is left undivided is shared evenly',
      default: 500,
      min: 4,
      max: 10_000_000,
    }),
  },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'Owen values', (game, { segmentation }) =>
      owenValues(game, treeOf(segmentation), request.options.budget - 2),
    ),
});

/** A group of players and its two halves; one player has none. */
export interface Tree {
  readonly players: readonly number[];
  readonly halves?: readonly [Tree, Tree];
}

/** Halves the players along the longer side of what their centres span, again and again. */
export function treeOf({ players, parts, members }: Segmentation): Tree {
  const [width = 1, height = 1] = [...parts.shape].reverse();
  const sums = Array.from({ length: players }, () => ({ y: 0, x: 0, count: 0 }));
  for (let i = 0; i < sizeOf(parts.shape); i++) {
    const pixel = i % (height * width);
    for (const player of members[parts.data[i]!]!) {
      const sum = sums[player]!;
      sum.y += Math.floor(pixel / width);
      sum.x += pixel % width;
      sum.count++;
    }
  }
  const centres = sums.map(({ y, x, count }) => ({ y: y / (count || 1), x: x / (count || 1) }));
  const halved = (own: readonly number[]): Tree => {
    if (own.length === 1) return { players: own };
    const spanOf = (axis: 'x' | 'y') => {
      const places = own.map((player) => centres[player]![axis]);
      const { low, high } = extent(places);
      return high - low;
    };
    const axis = spanOf('y') >= spanOf('x') ? 'y' : 'x';
    const sorted = [...own].sort((a, b) => centres[a]![axis] - centres[b]![axis] || a - b);
    const middle = Math.ceil(own.length / 2);
    return { players: own, halves: [halved(sorted.slice(0, middle)), halved(sorted.slice(middle))] };
  };
  return halved(sums.map((_, player) => player));
}

/** What a group adds to the players that are already there. */
interface Item {
  readonly tree: Tree;
  readonly there: Float32Array;
  readonly before: number;
  readonly after: number;
  readonly weight: number;
}

/** The items that are divided together. */
const together = 32;

/** Divides groups, those of the greatest weighted gain first, within a number of evaluations. */
export async function owenValues(
  { players, full, empty, play }: Game,
  root: Tree,
  evaluations: number,
): Promise<Solution> {
  const worth = new Float64Array(players);
  const gain = ({ before, after, weight }: Item) => (after - before) * weight;
  const share = (item: Item) => {
    for (const player of item.tree.players) worth[player]! += gain(item) / item.tree.players.length;
  };
  const start: Item = { tree: root, there: new Float32Array(players), before: empty, after: full, weight: 1 };
  let waiting = [start];
  let spent = 0;
  for (;;) {
    for (const item of waiting) if (!item.tree.halves) share(item);
    waiting = waiting.filter(({ tree }) => tree.halves);
    waiting.sort((a, b) => Math.abs(gain(b)) - Math.abs(gain(a)));
    const count = Math.min(together, waiting.length, Math.floor((evaluations - spent) / 2));
    if (count === 0) break;
    const now = waiting.splice(0, count);
    const joined = ({ there, tree }: Item, half: number) => {
      const presence = Float32Array.from(there);
      for (const player of tree.halves![half]!.players) presence[player] = 1;
      return presence;
    };
    const values = await play(2 * count, (i, presence) => presence.set(joined(now[i >> 1]!, i & 1)));
    spent += 2 * count;
    for (const [i, item] of now.entries()) {
      for (const half of [0, 1] as const) {
        const [alone, other] = [values[2 * i + half]!, values[2 * i + 1 - half]!];
        const tree = item.tree.halves![half];
        const weight = item.weight / 2;
        waiting.push({ tree, there: item.there, before: item.before, after: alone, weight });
        waiting.push({ tree, there: joined(item, 1 - half), before: other, after: item.after, weight });
      }
    }
  }
  for (const item of waiting) share(item);
  // One sentence for all samples: numbers of each would be as many notes.
  const notes =
    waiting.length > 0
      ? ['groups of segments were left undivided, and share evenly; a greater budget divides them']
      : [];
  return { worth, evaluations: spent, efficient: true, notes };
}
