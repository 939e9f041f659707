/** How a pattern enters a background: its weight, and whether it is added or scales the background. */
export interface Mixing {
  readonly rule: 'additive' | 'multiplicative';
  readonly alpha: number;
}

/**
 * Frobenius norms over all images of the set, and the inner product of its two parts (of their squares where
 * one scales the other).
 */
export interface Norms {
  /** Of the patterns; of 1 - alpha P where they scale the background. */
  readonly pattern: number;
  readonly background: number;
  readonly product: number;
}

/**
 * One image: alpha P / |P| + (1 - alpha) B / |B|, or (1 - alpha P) / |1 - alpha P| times B / |B|, pixel by
 * pixel.
 */
export function mixed(
  { rule, alpha }: Mixing,
  pattern: Float32Array,
  background: Float32Array,
  norms: Norms,
): Float64Array {
  if (rule === 'additive') {
    const [p, b] = [alpha / norms.pattern, (1 - alpha) / norms.background];
    return Float64Array.from(pattern, (value, i) => p * value + b * background[i]!);
  }
  const scale = 1 / (norms.pattern * norms.background);
  return Float64Array.from(pattern, (value, i) => scale * (1 - alpha * value) * background[i]!);
}

/** The squared norms of one image's parts, and their inner product, to be summed over the set. */
export function sumsOf({ rule, alpha }: Mixing, pattern: Float32Array, background: Float32Array): Norms {
  const sums = { pattern: 0, background: 0, product: 0 };
  for (let i = 0; i < pattern.length; i++) {
    const b = background[i]!;
    const p = rule === 'additive' ? pattern[i]! : 1 - alpha * pattern[i]!;
    sums.pattern += p * p;
    sums.background += b * b;
    sums.product += rule === 'additive' ? p * b : (p * b) ** 2;
  }
  return sums;
}

/** The Frobenius norm of the whole mixed set. */
export function normOfMixed({ rule, alpha }: Mixing, { pattern, background, product }: Norms): number {
  if (rule === 'multiplicative') return Math.sqrt(product) / (pattern * background);
  const cross = (2 * alpha * (1 - alpha) * product) / (pattern * background);
  return Math.sqrt(alpha ** 2 + (1 - alpha) ** 2 + cross);
}
