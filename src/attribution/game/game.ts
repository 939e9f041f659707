import type { RunContext } from '../../base/run.js';
import { predictExactly } from '../../model/predict.js';
import { concatenate, type Floats, sizeOf } from '../../tensor/tensor.js';
import { overCoalitions } from '../program/coalitions.js';
import type { GameRules, Write } from './rules.js';
import type { Segmentation } from './segments.js';
import { singles } from './singles.js';

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
  /** Cancels what is computed from the values. */
  readonly run?: RunContext;
  /** Returns the values of `count` coalitions. */
  play(count: number, write: Write): Promise<Float64Array>;
}

/** A game, and the model's outputs with all players absent. */
export interface Started extends Game {
  readonly nothing: Floats;
}

/** The game of one sample. Evaluates the model twice, for `full` and `empty`. */
export async function startGame(rules: GameRules): Promise<Started> {
  const { model, image, baseline, segmentation, value, run } = rules;
  const { data } = await predictExactly(model, concatenate([image, baseline]), run);
  const [whole, nothing] = [data.subarray(0, data.length / 2), data.subarray(data.length / 2)];
  const { players } = segmentation;
  return { players, full: value(whole), empty: value(nothing), nothing, run, play: playing(rules) };
}

/** The way to ask for values of coalitions; `startGame` asks for those of all and none too. */
export function playing(all: GameRules): Game['play'] {
  const { segmentation, value, ...rules } = all;
  const { players, members, parts } = segmentation;
  const besides = singles(all);
  return async (count, write) => {
    const known = (await besides?.(count, write)) ?? new Map<number, number>();
    const values = Float64Array.from({ length: count }, (_, index) => known.get(index) ?? 0);
    const rest = Uint32Array.from({ length: count }, (_, index) => index).filter(
      (index) => !known.has(index),
    );
    const present = new Float32Array(players);
    await overCoalitions({
      ...rules,
      parts,
      width: members.length,
      count: rest.length,
      write(at, presence) {
        write(rest[at]!, present);
        for (let part = 0; part < members.length; part++) {
          let there = 1;
          for (const player of members[part]!) there *= present[player]!;
          presence[part] = there;
        }
      },
      take(at, outputs) {
        values[rest[at]!] = value(outputs);
      },
    });
    return values;
  };
}

/** Adds each player's value to all its positions: the map `[...]` of one sample, written to `map`. */
export function spread(values: ArrayLike<number>, { members, parts }: Segmentation, map: Float32Array): void {
  const sums = members.map((own) => own.reduce((sum, player) => sum + values[player]!, 0));
  const size = sizeOf(parts.shape);
  for (let i = 0; i < map.length; i++) map[i] = sums[parts.data[i % size]!]!;
}
