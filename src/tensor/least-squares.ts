import { atOnce, partOf, type Sliced } from '../base/in-slices.js';
import { solveInSlices } from './cholesky.js';

/** Weighted rows of a regression, summed up: `[n, n]` products of the features, and each with the outcome. */
export interface Moments {
  readonly weight: number;
  readonly mean: Float64Array;
  readonly outcome: number;
  /** Centred: sum of weight (x - mean) (x - mean)^T. */
  readonly products: Float64Array;
  /** Centred: sum of weight (x - mean) (y - outcome). */
  readonly withOutcome: Float64Array;
}

export interface Row {
  readonly x: Float32Array;
  readonly y: number;
  readonly weight: number;
}

/** The weighted means and centred second moments of some rows of `n` features each. */
export const momentsOf = (rows: Iterable<Row>, n: number): Moments =>
  atOnce(momentsInSlices(rows, n, Infinity));

/** The same of `count` rows, a row at a time. */
export function* momentsInSlices(rows: Iterable<Row>, n: number, count: number): Sliced<Moments> {
  const sums = new Float64Array(n);
  let [weight, outcome] = [0, 0];
  const seen = function* (): Generator<Row> {
    for (const row of rows) {
      weight += row.weight;
      outcome += row.weight * row.y;
      for (let i = 0; i < n; i++) sums[i]! += row.weight * row.x[i]!;
      yield row;
    }
  };
  const { products, withOutcome } = yield* productsInSlices(seen(), n, count);
  outcome /= weight;
  const mean = sums.map((sum) => sum / weight);
  for (let i = 0; i < n; i++) {
    withOutcome[i]! -= sums[i]! * outcome;
    for (let j = 0; j <= i; j++) products[j * n + i] = products[i * n + j]! -= sums[i]! * mean[j]!;
  }
  return { weight, mean, outcome, products, withOutcome };
}

/** Sums of weighted products of `n` features, and of each with the outcome, not centred. */
export type Products = Pick<Moments, 'products' | 'withOutcome'>;

/** The products of `count` rows, a row at a time. */
export function* productsInSlices(rows: Iterable<Row>, n: number, count: number): Sliced<Products> {
  const products = new Float64Array(n * n);
  const withOutcome = new Float64Array(n);
  let read = 0;
  for (const row of rows) {
    addRow(row, { products, withOutcome });
    yield ++read / count;
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) products[j * n + i] = products[i * n + j]!;
  return { products, withOutcome };
}

function addRow({ x, y, weight }: Row, { products, withOutcome }: Products): void {
  const n = withOutcome.length;
  for (let i = 0; i < n; i++) {
    const wx = weight * x[i]!;
    if (wx === 0) continue;
    withOutcome[i]! += wx * y;
    for (let j = 0; j <= i; j++) products[i * n + j]! += wx * x[j]!;
  }
}

/** The coefficients of least squares with an intercept and `alpha` times the sum of their squares. */
export const ridge = (moments: Moments, alpha: number): Float64Array => atOnce(ridgeInSlices(moments, alpha));

/** The same in slices. */
export function* ridgeInSlices({ products, withOutcome }: Moments, alpha: number): Sliced<Float64Array> {
  const n = withOutcome.length;
  const a = Float64Array.from(products);
  for (let i = 0; i < n; i++) a[i * n + i]! += alpha;
  const [found] = yield* solveInSlices(a, [withOutcome]);
  return found!;
}

/**
 * The coefficients of half the weighted mean of squares with an intercept and `alpha` times the sum of their
 * magnitudes, by coordinate descent, in slices. How many rounds it takes shows at its end.
 */
export function* lassoInSlices(
  { weight, products, withOutcome }: Moments,
  alpha: number,
): Sliced<Float64Array> {
  const n = withOutcome.length;
  const found = new Float64Array(n);
  const limit = alpha * weight;
  for (let round = 0; round < 10_000; round++) {
    let [moved, most] = [0, 0];
    for (let i = 0; i < n; i++) {
      const own = products[i * n + i]!;
      if (own === 0) continue;
      let pull = withOutcome[i]! + own * found[i]!;
      for (let j = 0; j < n; j++) pull -= products[i * n + j]! * found[j]!;
      const next = (Math.sign(pull) * Math.max(0, Math.abs(pull) - limit)) / own;
      moved = Math.max(moved, Math.abs(next - found[i]!));
      most = Math.max(most, Math.abs(next));
      found[i] = next;
    }
    yield 0;
    if (moved <= 1e-10 * most) break;
  }
  return found;
}

/**
 * The first `most` features that enter least angle regression, from the products `[n, n]` of the features and
 * of each with the outcome, neither of them centred (Efron, Hastie, Johnstone, Tibshirani 2004), in slices.
 */
export function* leastAnglesInSlices(
  products: Float64Array,
  withOutcome: Float64Array,
  most: number,
): Sliced<number[]> {
  const n = withOutcome.length;
  const pulls = Float64Array.from(withOutcome);
  const active: number[] = [];
  const strongest = () => {
    const others = [...pulls.keys()].filter((i) => !active.includes(i));
    return others.reduce((best, i) => (Math.abs(pulls[i]!) > Math.abs(pulls[best]!) ? i : best), others[0]!);
  };
  while (active.length < Math.min(most, n)) {
    const next = strongest();
    const pull = Math.abs(pulls[next]!);
    if (pull <= 1e-12 * Math.abs(withOutcome[active[0] ?? next]!)) break;
    active.push(next);
    const signs = active.map((i) => Math.sign(pulls[i]!));
    const own = Float64Array.from(active.flatMap((i) => active.map((j) => products[i * n + j]!)));
    const done = active.length - 1;
    const [solved] = yield* partOf(solveInSlices(own, [signs]), done / most, (done + 1) / most);
    const direction = solved!;
    const slopes = pulls.map((_, i) =>
      active.reduce((sum, j, at) => sum + products[i * n + j]! * direction[at]!, 0),
    );
    // As far as another feature pulls as much as the active ones, which lose 1 for each step of 1.
    const step = [...pulls.keys()].reduce((least, i) => {
      const lengths = [1, -1].flatMap((sign) => {
        const lost = 1 - sign * slopes[i]!;
        return lost > 1e-12 ? [Math.max(0, pull - sign * pulls[i]!) / lost] : [];
      });
      return active.includes(i) ? least : Math.min(least, ...lengths);
    }, pull);
    for (let i = 0; i < n; i++) pulls[i]! -= step * slopes[i]!;
  }
  return active;
}
