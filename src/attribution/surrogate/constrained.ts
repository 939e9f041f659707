import { partOf, type Sliced } from '../../base/in-slices.js';
import { solveInSlices } from '../../tensor/cholesky.js';
import { leastAnglesInSlices } from '../../tensor/least-squares.js';
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
        const sums = yield* partOf(sumsOf(rows(), players, count), 0, share);
        return yield* partOf(withTotal(sums, total), share, 1);
      }
      const sums = yield* partOf(sumsOf(rows(), players, count), 0, share / 3);
      const two = sumsOf(augmented(rows(), total), players, 2 * count);
      const { products, withOutcome } = yield* partOf(two, share / 3, share);
      const chosen = yield* partOf(leastAnglesInSlices(products, withOutcome, features), share, 1);
      const worth = new Float64Array(players);
      const found = yield* partOf(withTotal(among(sums, chosen), total), 1, 1);
      for (const [at, value] of found.entries()) worth[chosen[at]!] = value;
      return worth;
    },
  };
}

interface Row {
  readonly x: Float32Array;
  readonly y: number;
  readonly weight: number;
}

/** Weighted sums `[n, n]` of products of the features, and of each with the outcome. */
interface Sums {
  readonly products: Float64Array;
  readonly withOutcome: Float64Array;
}

function* sumsOf(rows: Iterable<Row>, n: number, count: number): Sliced<Sums> {
  const products = new Float64Array(n * n);
  const withOutcome = new Float64Array(n);
  let read = 0;
  for (const row of rows) {
    addRow(row, { products, withOutcome });
    yield ++read / count;
  }
  return { products, withOutcome };
}

function addRow({ x, y, weight }: Row, { products, withOutcome }: Sums): void {
  const n = withOutcome.length;
  for (let i = 0; i < n; i++) {
    const wx = weight * x[i]!;
    if (wx === 0) continue;
    withOutcome[i]! += wx * y;
    for (let j = 0; j < n; j++) products[i * n + j]! += wx * x[j]!;
  }
}

/** SHAP's rows for the choice of features: each coalition from nothing up and from the whole down. */
function* augmented(rows: Iterable<Row>, total: number): Generator<Row> {
  for (const { x, y, weight } of rows) {
    const size = x.reduce((sum, there) => sum + there, 0);
    yield { x, y, weight: weight * (x.length - size) };
    yield { x: x.map((there) => there - 1), y: y - total, weight: weight * size };
  }
}

const among = ({ products, withOutcome }: Sums, chosen: readonly number[]): Sums => ({
  products: Float64Array.from(
    chosen.flatMap((i) => chosen.map((j) => products[i * withOutcome.length + j]!)),
  ),
  withOutcome: Float64Array.from(chosen, (i) => withOutcome[i]!),
});

/** The coefficients of least squares that sum up to `total`. */
function* withTotal({ products, withOutcome }: Sums, total: number): Sliced<Float64Array> {
  const ones = new Float64Array(withOutcome.length).fill(1);
  const [free, slope] = (yield* solveInSlices(products, [withOutcome, ones])) as [Float64Array, Float64Array];
  const sum = (of: Float64Array): number => of.reduce((all, value) => all + value, 0);
  const excess = (sum(free) - total) / sum(slope);
  return free.map((value, i) => value - excess * slope[i]!);
}
