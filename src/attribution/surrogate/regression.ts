import { partOf, type Sliced } from '../../base/in-slices.js';
import { type Moments, momentsInSlices } from '../../tensor/least-squares.js';
import type { Sampler } from '../game/sampled.js';

/** A linear model of a game's values on the presence of its players, fitted to the coalitions drawn. */
interface Regression {
  readonly players: number;
  readonly draw: (unit: number, presence: Float32Array) => void;
  /** Number of the first coalitions that every fit has. */
  readonly fixed: number;
  readonly weigh: (presence: Float32Array) => number;
  readonly solve: (moments: Moments) => Sliced<Float64Array>;
}

export function regression({ players, draw, fixed, weigh, solve }: Regression): Sampler {
  return {
    unit: 1,
    fixed,
    draw: (unit, _, presence) => draw(unit, presence),
    *estimate(values, units) {
      const x = new Float32Array(players);
      const rows = function* () {
        for (const unit of units) {
          draw(unit, x);
          yield { x, y: values(unit, 0), weight: weigh(x) };
        }
      };
      // The work of the products of each row, and of solving their sum.
      const share = units.length / (units.length + players / 3);
      const moments = yield* partOf(momentsInSlices(rows(), players, units.length), 0, share);
      return yield* partOf(solve(moments), share, 1);
    },
  };
}
