/**
 * Multiplies every value by `scale` and clamps to [0, 1]. (`Float32Array.from` with a function is ten times
 * slower.)
 */
export function toUnitRange(values: ArrayLike<number>, scale: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const unit = values[i]! * scale;
    out[i] = unit < 0 ? 0 : unit > 1 ? 1 : unit;
  }
  return out;
}

/** Float samples of this magnitude or more mark missing values. */
const NO_VALUE = 1e30;

const isValue = (value: number) => Math.abs(value) < NO_VALUE;

/** What is told of pixels without a value. */
export function missingValues(values: ArrayLike<number>): readonly string[] {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!isValue(values[i]!)) count++;
  if (count === 0) return [];
  return [
    `${count} of its ${values.length} values are not a number, infinite or beyond 1e30: they show nothing`,
  ];
}

/** The least and the greatest of values, but for missing ones. */
export function rangeOf(values: ArrayLike<number>): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!isValue(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Maps the minimum to 0 and the maximum to 1. Missing and non-finite values become 0. */
export function stretched(values: ArrayLike<number>): Float32Array {
  const { low, high } = rangeOf(values);
  const scale = high > low ? 1 / (high - low) : 0;
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = isValue(values[i]!) ? (values[i]! - low) * scale : 0;
  return out;
}
