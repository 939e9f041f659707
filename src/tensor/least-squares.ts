/** The solution of `a x = b` for a symmetric positive definite `a` `[n, n]`, by Cholesky's decomposition. */
export function solvePositive(a: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const lower = Float64Array.from(a);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = lower[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i > j) lower[i * n + j] = sum / lower[j * n + j]!;
      // A direction that the data do not determine gets no share.
      else lower[j * n + j] = sum > 1e-12 * a[j * n + j]! ? Math.sqrt(sum) : Infinity;
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}

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
export function momentsOf(rows: Iterable<Row>, n: number): Moments {
  const products = new Float64Array(n * n);
  const withOutcome = new Float64Array(n);
  const sums = new Float64Array(n);
  let [weight, outcome] = [0, 0];
  for (const { x, y, weight: w } of rows) {
    weight += w;
    outcome += w * y;
    for (let i = 0; i < n; i++) {
      const wx = w * x[i]!;
      if (wx === 0) continue;
      sums[i]! += wx;
      withOutcome[i]! += wx * y;
      for (let j = 0; j <= i; j++) products[i * n + j]! += wx * x[j]!;
    }
  }
  outcome /= weight;
  const mean = sums.map((sum) => sum / weight);
  for (let i = 0; i < n; i++) {
    withOutcome[i]! -= sums[i]! * outcome;
    for (let j = 0; j <= i; j++) products[j * n + i] = products[i * n + j]! -= sums[i]! * mean[j]!;
  }
  return { weight, mean, outcome, products, withOutcome };
}

/** The coefficients of least squares with an intercept and `alpha` times the sum of their squares. */
export function ridge({ products, withOutcome }: Moments, alpha: number): Float64Array {
  const n = withOutcome.length;
  const a = Float64Array.from(products);
  for (let i = 0; i < n; i++) a[i * n + i]! += alpha;
  return solvePositive(a, withOutcome);
}

/**
 * The coefficients of half the weighted mean of squares with an intercept and `alpha` times the sum of their
 * magnitudes, by coordinate descent.
 */
export function lasso({ weight, products, withOutcome }: Moments, alpha: number): Float64Array {
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
    if (moved <= 1e-10 * most) break;
  }
  return found;
}

/**
 * The first `most` features that enter least angle regression, from the products `[n, n]` of the features and
 * of each with the outcome, neither of them centred (Efron, Hastie, Johnstone, Tibshirani 2004).
 */
export function leastAngles(products: Float64Array, withOutcome: Float64Array, most: number): number[] {
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
    const direction = solvePositive(own, signs);
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
