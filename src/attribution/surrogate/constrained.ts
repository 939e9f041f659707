import { partOf, type Sliced } from '../../base/in-slices.js';
import { solveInSlices } from '../../tensor/cholesky.js';
import {
  leastAnglesInSlices,
  type Products,
  productsInSlices,
  type Row,
} from '../../tensor/least-squares.js';
import type { Game } from '../game/game.js';
import type { Sampler } from '../game/sampled.js';
import type { ShapleyDesign } from './shapley-design.js';

/**
 * Least squares whose coefficients sum up to the value of the whole minus that of nothing. At most `features`
 * coefficients are other than 0: those that least angle regression finds first, as in SHAP.
 */
export function constrained(
  { players, full, empty }: Pick<Game, 'players' | 'full' | 'empty'>,
  design: ShapleyDesign,
  features: number,
): Sampler {
  const total = full - empty;
  return {
    unit: 2,
    fixed: design.fixed,
    draw: design.draw,
    *estimate(values, units) {
      const drawn = units.filter((unit) => unit >= design.fixed).length;
      const rows = function* (): Generator<Row> {
        const x = new Float32Array(players);
        for (const unit of units) {
          const weight = unit < design.fixed ? design.weight(unit) : design.left / drawn / 2;
          for (const index of [0, 1]) {
            design.draw(unit, index, x);
            yield { x, y: values(unit, index) - empty, weight };
          }
        }
      };
      // The work of the products of each row, and of solving their sum.
      const count = 2 * units.length;
      const share = count / (count + players / 3);
      if (features >= players) {
        const sums = yield* partOf(productsInSlices(rows(), players, count), 0, share);
        return yield* partOf(withTotal(sums, total), share, 1);
      }
      const sums = yield* partOf(productsInSlices(rows(), players, count), 0, share / 3);
      const two = productsInSlices(augmented(rows(), total), players, 2 * count);
      const { products, withOutcome } = yield* partOf(two, share / 3, share);
      const chosen = yield* partOf(leastAnglesInSlices(products, withOutcome, features), share, 1);
      const worth = new Float64Array(players);
      const found = yield* partOf(withTotal(among(sums, chosen), total), 1, 1);
      for (const [at, value] of found.entries()) worth[chosen[at]!] = value;
      return worth;
    },
  };
}

/** SHAP's rows for the choice of features: each coalition from nothing up and from the whole down. */
function* augmented(rows: Iterable<Row>, total: number): Generator<Row> {
  for (const { x, y, weight } of rows) {
    const size = x.reduce((sum, there) => sum + there, 0);
    yield { x, y, weight: weight * (x.length - size) };
    yield { x: x.map((there) => there - 1), y: y - total, weight: weight * size };
  }
}

const among = ({ products, withOutcome }: Products, chosen: readonly number[]): Products => ({
  products: Float64Array.from(
    chosen.flatMap((i) => chosen.map((j) => products[i * withOutcome.length + j]!)),
  ),
  withOutcome: Float64Array.from(chosen, (i) => withOutcome[i]!),
});

/** The coefficients of least squares that sum up to `total`. */
function* withTotal({ products, withOutcome }: Products, total: number): Sliced<Float64Array> {
  const ones = new Float64Array(withOutcome.length).fill(1);
  const [free, slope] = (yield* solveInSlices(products, [withOutcome, ones])) as [Float64Array, Float64Array];
  const sum = (of: Float64Array): number => of.reduce((all, value) => all + value, 0);
  const excess = (sum(free) - total) / sum(slope);
  return free.map((value, i) => value - excess * slope[i]!);
}
