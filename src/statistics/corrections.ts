/**
 * p-values adjusted so that the chance of any false rejection among them stays below the level that they are
 * compared with (Holm 1979, A simple sequentially rejective multiple test procedure, jstor:4615733).
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const adjusted = Array<number>(values.length);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, values[i]! * (values.length - rank)));
    adjusted[i] = least;
  }
  return adjusted;
}

/**
 * p-values adjusted so that the expected share of false rejections among all rejections stays below the level
 * that they are compared with (Benjamini, Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x).
 */
export function benjaminiHochberg(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!);
  const adjusted = Array<number>(values.length);
  let least = 1;
  for (const [at, i] of order.entries()) {
    least = Math.min(least, (values[i]! * values.length) / (values.length - at));
    adjusted[i] = least;
  }
  return adjusted;
}
