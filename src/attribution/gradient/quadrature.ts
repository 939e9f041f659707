export const quadratureRules = [
  'gauss-legendre',
  'trapezoid',
  'trapezoid-exact',
  'middle',
  'left',
  'right',
] as const;

/** The points of a quadrature rule in [0, 1] and their weights. */
export interface Quadrature {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The quadrature rule with `n` points over [0, 1]. `trapezoid` weights inner points by 1/n and both ends by
 * 1/(2n), as Captum does, so that the weights sum to (n - 1)/n. The weights of all other rules sum to 1.
 */
export function quadrature(rule: (typeof quadratureRules)[number], n: number): Quadrature {
  const spread = (first: number, step: number) => Array.from({ length: n }, (_, i) => first + i * step);
  const equal = Array<number>(n).fill(1 / n);
  switch (rule) {
    case 'gauss-legendre':
      return gaussLegendre(n);
    case 'middle':
      return { points: spread(0.5 / n, 1 / n), weights: equal };
    case 'left':
      return { points: spread(0, 1 / n), weights: equal };
    case 'right':
      return { points: spread(1 / n, 1 / n), weights: equal };
    case 'trapezoid':
      return { points: ends(n), weights: halvedEnds(n, 1 / n) };
    case 'trapezoid-exact':
      return { points: ends(n), weights: halvedEnds(n, n > 1 ? 1 / (n - 1) : 2) };
  }
}

const ends = (n: number) => Array.from({ length: n }, (_, i) => (n > 1 ? i / (n - 1) : 0));
const halvedEnds = (n: number, weight: number) =>
  Array.from({ length: n }, (_, i) => (i === 0 || i === n - 1 ? weight / 2 : weight));

/**
 * Finds the roots of the Legendre polynomial P_n by Newton's method from Chebyshev's approximation. The
 * weights are w = 2 / ((1 - x^2) P_n'(x)^2), halved for [0, 1].
 */
function gaussLegendre(n: number): Quadrature {
  const points: number[] = [];
  const weights: number[] = [];
  for (let i = n; i >= 1; i--) {
    let x = Math.cos((Math.PI * (i - 0.25)) / (n + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 100; turn++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= n; k++)
        [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (n * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    points.push((x + 1) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { points, weights };
}
