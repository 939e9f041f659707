/** Where the numbers lie that a regression learns. */
export interface Units {
  readonly mean: number;
  /** Their standard deviation; 1 where they are all the same. */
  readonly spread: number;
}

export function unitsOf(values: readonly number[]): Units {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, spread: Math.sqrt(variance) || 1 };
}
