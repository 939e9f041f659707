import type { Interval } from './bootstrap.js';
import { byPatient, meanOf, type Observation } from './patients.js';

/** The normal quantile of a two-sided 95 % interval. */
const Z = 1.959963984540054;

/**
 * The 95 % score interval of a proportion of `count` independent trials (Wilson 1927,
 * doi:10.1080/01621459.1927.10502953). It has a width at 0 and 1 too. `count` need not be whole.
 */
export function wilson(mean: number, count: number): Interval {
  const scale = 1 / (1 + Z ** 2 / count);
  const middle = (mean + Z ** 2 / (2 * count)) * scale;
  const reach = Z * scale * Math.sqrt((mean * (1 - mean)) / count + Z ** 2 / (4 * count ** 2));
  return {
    mean,
    low: mean === 0 ? 0 : Math.max(0, middle - reach),
    high: mean === 1 ? 1 : Math.min(1, middle + reach),
  };
}

/**
 * The 95 % interval of a proportion of images (hits, correct predictions), of which a patient may have
 * several: Wilson's, with the number of independent images that would vary as much as the patients do (design
 * effect; Dean, Pagano 2015, doi:10.1093/jssam/smv024). Where all images agree, the similarity of a patient's
 * images is unknown; they then count as fully dependent (Kish's number of patients).
 */
export function proportionInterval(observations: readonly Observation[]): Interval {
  return wilson(meanOf(observations), effectiveCount(observations));
}

function effectiveCount(observations: readonly Observation[]): number {
  const patients = byPatient(observations);
  const [images, mean] = [observations.length, meanOf(observations)];
  const alike = images ** 2 / patients.reduce((sum, { count }) => sum + count ** 2, 0);
  const between = patients.reduce((sum, own) => sum + (own.sum - own.count * mean) ** 2, 0);
  if (patients.length < 2 || between < 1e-12) return alike;
  const clustered = (patients.length / (patients.length - 1)) * (between / images ** 2);
  const independent = (mean * (1 - mean)) / (images - 1);
  return Math.min(images, (images * independent) / clustered);
}

/**
 * The difference of two proportions of the same images and its 95 % interval, from the interval of each and
 * their correlation over images (Newcombe 1998, method 8,
 * doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C).
 */
export function proportionDifference(
  pairs: readonly { readonly patient: string; readonly value: number; readonly other: number }[],
): Interval {
  const a = proportionInterval(pairs);
  const b = proportionInterval(pairs.map(({ patient, other }) => ({ patient, value: other })));
  const products = (x: (pair: (typeof pairs)[number]) => number, y: typeof x) =>
    pairs.reduce((sum, pair) => sum + x(pair) * y(pair), 0);
  const [left, right] = [
    ({ value }: { value: number }) => value - a.mean,
    ({ other }: { other: number }) => other - b.mean,
  ];
  const spread = Math.sqrt(products(left, left) * products(right, right));
  const correlation = spread < 1e-12 ? 0 : products(left, right) / spread;
  const reach = (x: number, y: number) => Math.sqrt(Math.max(0, x ** 2 - 2 * correlation * x * y + y ** 2));
  const mean = a.mean - b.mean;
  return {
    mean,
    low: mean - reach(a.mean - a.low, b.high - b.mean),
    high: mean + reach(a.high - a.mean, b.mean - b.low),
  };
}
