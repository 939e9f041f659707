import type { Steps } from '../../graph/steps.js';

/** For |x| below this, erf(x) = x p(x^2) / q(x^2); above it, 1 - e^(-x^2) p(|x|) / q(|x|). */
const border = 0.46875;

/** Coefficients of numerator and denominator, highest power first. */
const near = {
  above: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  below: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
};

const far = {
  above: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  below: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
};

/**
 * The error function to 1e-15 by rational approximations (Cody 1969, doi:10.1090/S0025-5718-1969-0247736-4).
 * From 6 on it rounds to 1 in float64.
 */
export function erf(x: string, s: Steps): string {
  const size = s.min(s.abs(x), 6);
  const square = s.mul(size, size);
  const inside = s.mul(size, quotient(square, near, s));
  const power = s.exp(s.neg(square));
  const outside = s.sub(1, s.mul(power, quotient(size, far, s)));
  const chosen = s.where(s.less(size, border), inside, outside);
  return s.mul(s.sign(x), chosen);
}

const quotient = (x: string, { above, below }: typeof near, s: Steps): string =>
  s.div(polynomial(x, above, s), polynomial(x, below, s));

/** Evaluates a polynomial by Horner's scheme. */
const polynomial = (x: string, [first, ...rest]: readonly number[], { add, mul, number }: Steps): string =>
  rest.reduce((sum, coefficient) => add(mul(sum, x), coefficient), number(first!));
