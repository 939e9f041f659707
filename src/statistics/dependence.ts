import { quantile } from '../tensor/quantile.js';
import { isUndefined, sameLength } from './lengths.js';

/**
 * The greatest distance between the distribution functions of two samples, and the exact p-value that both
 * are of one distribution (Kolmogorov 1933; Smirnov 1939); ties make it conservative. A random order of both
 * samples is a lattice path: the p-value is the chance that it leaves the band, a sum of positive terms that
 * keeps its precision where it is small. NaN where a value is, or a sample is empty.
 */
export function kolmogorovSmirnov(
  a: readonly number[],
  b: readonly number[],
): { readonly statistic: number; readonly p: number } {
  const [n, m] = [a.length, b.length];
  if (isUndefined(a) || isUndefined(b)) return { statistic: Number.NaN, p: Number.NaN };
  const [x, y] = [a.toSorted((p, q) => p - q), b.toSorted((p, q) => p - q)];
  /** The distance times n m, a whole number. */
  let most = 0;
  for (let i = 0, j = 0; i < n && j < m; ) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < n && x[i] === value) i++;
    while (j < m && y[j] === value) j++;
    most = Math.max(most, Math.abs(i * m - j * n));
  }
  const outside = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i * m - j * n) >= most) outside[j] = 1;
      else outside[j] = (i * outside[j]! + j * (j > 0 ? outside[j - 1]! : 0)) / Math.max(1, i + j);
    }
  }
  return { statistic: most / (n * m), p: outside[m]! };
}

/**
 * The distance correlation of two variables, in the biased form (V-statistic): 0 in the limit where they are
 * independent, and only there (Székely, Rizzo, Bakirov 2007, doi:10.1214/009053607000000505). NaN where
 * either side is constant or a value is. Throws where they are not as long as each other.
 */
export function distanceCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  sameLength('distanceCorrelation', a, b);
  const [x, y] = [centredDistances(a), centredDistances(b)];
  const shared = (p: Float64Array, q: Float64Array) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  return Math.sqrt(Math.max(0, shared(x, y)) / Math.sqrt(shared(x, x) * shared(y, y)));
}

/**
 * The mutual information in nats of a variable and a class, the variable in bins that hold alike many values
 * (of a value that many share, one bin): 0 where the bins say nothing of the class. What it has of finite
 * samples alone is not taken off. NaN where a value is, or there is none. Throws where there are not as many
 * classes as values.
 */
export function mutualInformation(values: readonly number[], classes: readonly number[], bins = 10): number {
  sameLength('mutualInformation', values, classes);
  if (isUndefined(values) || isUndefined(classes)) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const edges = new Set(Array.from({ length: bins - 1 }, (_, i) => quantile(sorted, (i + 1) / bins)));
  const binOf = (value: number) => [...edges].filter((edge) => value >= edge).length;
  const rows = values.map((value, n) => [binOf(value), classes[n]!] as const);
  const share = (holds: (row: readonly [number, number]) => boolean) =>
    rows.filter(holds).length / rows.length;
  const pairs = new Map(rows.map((row) => [row.join(), row]));
  return [...pairs.values()].reduce((sum, [bin, label]) => {
    const both = share(([b, l]) => b === bin && l === label);
    return sum + both * Math.log(both / share(([b]) => b === bin) / share(([, l]) => l === label));
  }, 0);
}

/** The distances of all pairs `[n, n]`, less the means of rows and columns. */
function centredDistances(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const between = (at: number) => Math.abs(values[Math.floor(at / n)]! - values[at % n]!);
  const distances = Float64Array.from({ length: n * n }, (_, at) => between(at));
  const means = new Float64Array(n);
  for (const [at, distance] of distances.entries()) means[Math.floor(at / n)]! += distance / n;
  const whole = means.reduce((sum, value) => sum + value, 0) / n;
  return distances.map((distance, at) => distance - means[Math.floor(at / n)]! - means[at % n]! + whole);
}
