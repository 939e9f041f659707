import type { RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { concatenate, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { overCoalitions } from '../program/coalitions.js';
import type { Segmentation } from './segments.js';

/**
 * A cooperative game: what is asked of a model when only some parts of one sample are there. Methods read
 * nothing else, so that they hold for any input, notion of absence and value.
 */
export interface Game {
  /** The number of players, the parts that can be absent. */
  readonly players: number;
  /** The value of the whole sample. */
  readonly full: number;
  /** The value with all players absent. */
  readonly empty: number;
  /**
   * Returns the values of `count` coalitions. `write` fills the presence of each player, from 0 (absent) to
   * 1, and is called in order.
   */
  play(count: number, write: (index: number, presence: Float32Array) => void): Promise<Float64Array>;
}

/** A game's players, what absence means and the value that is asked of the model. */
export interface GameRules {
  readonly model: Classifier;
  /** `[1, ...]` */
  readonly image: Tensor;
  /** What stands where a player is absent, `[1, ...]`. */
  readonly baseline: Tensor;
  readonly segmentation: Segmentation;
  /** The value in the raw outputs `[K]`. */
  readonly value: (outputs: Float32Array) => number;
  readonly label: string;
  readonly run: RunContext;
}

/** The game of one sample. Evaluates the model twice, for `full` and `empty`. */
export async function startGame(rules: GameRules): Promise<Game> {
  const { model, image, baseline, segmentation, value, run } = rules;
  const { data } = await predict(model, concatenate([image, baseline]), run);
  const [full, empty] = [data.subarray(0, data.length / 2), data.subarray(data.length / 2)].map(value);
  return { players: segmentation.players, full: full!, empty: empty!, play: playing(rules) };
}

/** The way to ask for values of coalitions; `startGame` asks for those of all and none too. */
export const playing =
  ({ segmentation, value, ...rules }: GameRules): Game['play'] =>
  async (count, write) => {
    const { players, members, parts } = segmentation;
    const values = new Float64Array(count);
    const present = new Float32Array(players);
    await overCoalitions({
      ...rules,
      parts,
      width: members.length,
      count,
      write(index, presence) {
        write(index, present);
        for (let part = 0; part < members.length; part++) {
          let there = 1;
          for (const player of members[part]!) there *= present[player]!;
          presence[part] = there;
        }
      },
      take(index, outputs) {
        values[index] = value(outputs);
      },
    });
    return values;
  };

/** Adds each player's value to all its positions: the map `[...]` of one sample, written to `map`. */
export function spread(values: ArrayLike<number>, { members, parts }: Segmentation, map: Float32Array): void {
  const sums = members.map((own) => own.reduce((sum, player) => sum + values[player]!, 0));
  const size = sizeOf(parts.shape);
  for (let i = 0; i < map.length; i++) map[i] = sums[parts.data[i % size]!]!;
}
