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
export const normalCdf = (z: number): number => (z < 0 ? normalTails(z) / 2 : 1 - normalTails(z) / 2);

/** The standard normal quantile of `p`. */
export const normalQuantile = (p: number): number => jStat.normal.inv(p, 0, 1);

/**
 * The chance that a chi-squared number of so many degrees of freedom, a whole number, is above `x`: a sum of
 * positive terms, which keeps its digits however small it is.
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (x <= 0) return 1;
  const odd = degrees % 2;
  let tail = odd === 1 ? normalTails(Math.sqrt(x)) : 0;
  let logarithm = -x / 2 + odd * Math.log(Math.sqrt((2 * x) / Math.PI));
  for (let k = odd; k < degrees; k += 2) {
    tail += Math.exp(logarithm);
    logarithm += Math.log(x / (k + 2));
  }
  return Math.min(1, tail);
}

/** The chance that an F-distributed number is above `f`. */
export const fTail = (f: number, between: number, within: number): number =>
  f <= 0 ? 1 : jStat.ibeta(within / (within + between * f), within / 2, between / 2);

/** The chance that a number of Student's distribution is farther from 0 than `t`, on either side. */
export const tTails = (t: number, degrees: number): number =>
  jStat.ibeta(degrees / (degrees + t ** 2), degrees / 2, 0.5);

/** The quantile of Student's distribution. */
export const tQuantile = (p: number, degrees: number): number => jStat.studentt.inv(p, degrees);

/**
 * The studentized range of `groups` normal means whose variance is known: the chance to exceed `q`. It is the
 * integral over the greatest mean of the chance that not all others are within `q` below it.
 */
export function studentizedRangeTail(q: number, groups: number): number {
  if (Number.isNaN(q)) return q;
  let tail = 0;
  for (let z = -REACH; z <= q + REACH; z += STEP) {
    const below = normalCdf(z);
    const others = -Math.expm1((groups - 1) * Math.log1p(-normalCdf(z - q) / below));
    tail += Math.exp((-z * z) / 2) * below ** (groups - 1) * others;
  }
  return Math.min(1, (tail * STEP * groups) / Math.sqrt(2 * Math.PI));
}

/** The range of the trapezoidal rule around the mean of a normal number, and its step, in deviations. */
const [REACH, STEP] = [9, 1 / 16];

/** The studentized range that is exceeded with the chance `level`, the variance being known. */
export const studentizedRange = (level: number, groups: number): number =>
  jStat.tukey.inv(1 - level, groups, Infinity);
