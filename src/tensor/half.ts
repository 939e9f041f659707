/** The nearest number of half precision (IEEE 754 binary16), ties to even. */
export function roundedToHalf(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1)));
  const step = 2 ** (exponent - 10);
  const steps = value / step;
  const below = Math.floor(steps);
  const rest = steps - below;
  return step * (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below);
}
