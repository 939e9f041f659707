import { jStat } from 'jstat';

/** The chance that a standard normal number is farther from 0 than `z`, on either side. */
export const normalTails = (z: number): number =>
  Math.abs(z) < 3 ? jStat.erfc(Math.abs(z) / Math.SQRT2) : farTails(Math.abs(z));

/** The same far out, where the difference to 1 holds no digits: Laplace's continued fraction. */
function farTails(z: number): number {
  let below = z;
  for (let k = 80; k > 0; k--) below = z + k / below;
  return (Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2)) / below;
}

/** The chance that a standard normal number is below `z`. */
export const normalCdf = (z: number): number => jStat.normal.cdf(z, 0, 1);

/** The standard normal quantile of `p`. */
export const normalQuantile = (p: number): number => jStat.normal.inv(p, 0, 1);

/** The chance that a chi-squared number of so many degrees of freedom is above `x`. */
export const chiSquareTail = (x: number, degrees: number): number => 1 - jStat.chisquare.cdf(x, degrees);

/** The chance that an F-distributed number is above `f`. */
export const fTail = (f: number, between: number, within: number): number =>
  f <= 0 ? 1 : jStat.ibeta(within / (within + between * f), within / 2, between / 2);

/** The chance that a number of Student's distribution is farther from 0 than `t`, on either side. */
export const tTails = (t: number, degrees: number): number =>
  jStat.ibeta(degrees / (degrees + t ** 2), degrees / 2, 0.5);

/** The quantile of Student's distribution. */
export const tQuantile = (p: number, degrees: number): number => jStat.studentt.inv(p, degrees);

/** The studentized range of `groups` normal means whose variance is known: the chance to exceed `q`. */
export const studentizedRangeTail = (q: number, groups: number): number =>
  Math.max(0, 1 - jStat.tukey.cdf(q, groups, Infinity));

/** The studentized range that is exceeded with the chance `level`, the variance being known. */
export const studentizedRange = (level: number, groups: number): number =>
  jStat.tukey.inv(1 - level, groups, Infinity);
